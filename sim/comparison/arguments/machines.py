"""Arguments about the machine itself: the press of the 1950s, ageing, and what capital costs."""

from __future__ import annotations

from sim.comparison.arguments.declaring import Argument, Evidence, Reading
from sim.comparison.arguments.pressing import carrier_sentence

ABOUT_MACHINES: tuple[Argument, ...] = (
    Argument(
        key="heavy_press",
        kind="argument",
        title="The Heavy Press analogy",
        claim="Like the forging presses of the 1950s, a public machine built once serves for generations.",
        counter="A press ages in half a century, an accelerator in five years.",
        supports=(
            Evidence("Eight or six of ten presses still work after 65 years.", "programmes:P306; heavy_press_wiki"),
            Evidence("The state owned them and firms ran them under lease.", "programmes:P311"),
        ),
        opposes=(
            Evidence("To keep what a press keeps, one would buy some eleven clusters.", "programmes:P314"),
            Evidence("Ten presses were built instead of seventeen, each a fifth dearer than planned.",
                     "programmes:P299; programmes:P301; programmes:P303"),
        ),
        mechanisms=("hardware", "cloud"),
        rests_on=("public_cluster.life_years",),
        on={
            "hardware.doubling_years": 30.0,
            "hardware.age_gate_per_year": 0.0,
            "hardware.resale_decay_per_year": 0.03,
            "cloud.decline_per_year": 0.02,
            "public_cluster.retirement": "run_to_fail",
        },
        readings=(
            Reading("fe_hours", "public_cluster"),
            Reading("fe_hours", "cloud_credits"),
            Reading("cost_per_fe_hour", "public_cluster"),
        ),
        sentence="If accelerators aged as forging presses do, the work of '{option}', counted against the newest "
        "hardware of its day, {change}, from {off} to {on}; they do not age so.",
        remark=carrier_sentence,
    ),
    Argument(
        key="obsolescence",
        kind="argument",
        title="Hardware grows obsolete",
        claim="What is bought today is overtaken before it is paid off.",
        counter="An old machine still does the work it did; most jobs do not need the newest.",
        supports=(
            Evidence("What a dollar buys doubles in 2.46 years, 2.24 to 2.72.", "epoch_price_performance"),
            Evidence("After three years 30 % of the price is left.", "residual_pages"),
        ),
        opposes=(
            Evidence("Titan and Summit served for more than six years.", "programmes:P141; programmes:P148"),
            Evidence("Codes that no longer fit are not counted anywhere.",
                     "assumption: what part of jobs an old machine cannot run is not surveyed"),
        ),
        mechanisms=("hardware",),
        rests_on=("hardware.doubling_years",),
        off={"hardware.doubling_years": 1000.0},
        readings=(
            Reading("fe_hours", "public_cluster"),
            Reading("cost_per_fe_hour", "public_cluster"),
            Reading("h100e_hours", "public_cluster"),
        ),
        sentence="Because newer hardware overtakes it, the work of '{option}', counted against the newest of its day, "
        "{change}: {off} if nothing improved, {on} as things are.",
    ),
    Argument(
        key="capital_cost",
        kind="argument",
        title="Huge capital cost",
        claim="Such machines cost a fortune, and always more than was said.",
        counter="Overruns are known and can be planned for; spread over the hours they are small.",
        supports=(
            Evidence("Public projects of this kind overrun their cost and time.", "green_book_optimism"),
            Evidence("Aurora grew from 200 to 500 million dollars.", "programmes:P160; programmes:P161"),
        ),
        opposes=(
            Evidence("Each press cost 22 % more than planned; most still work.", "programmes:P303; programmes:P306"),
            Evidence("Over its life LUMI delivers a GPU-hour for some 0.44 EUR of its budget.", "programmes:P385"),
        ),
        mechanisms=("procurement", "finance", "hardware"),
        rests_on=("hardware.price_usd", "procurement.overrun_ratio"),
        off={"procurement.overrun_ratio": 0.0},
        readings=(
            Reading("cost_per_h100e_hour", "public_cluster"),
            Reading("h100e_hours", "public_cluster"),
            Reading("cash_peak", "public_cluster"),
        ),
        sentence="With the overruns on hardware that such projects have, the public cost of an hour of constant "
        "quality from '{option}' {change}: {off} if all went as planned, {on} as things are.",
    ),
)  # fmt: skip
