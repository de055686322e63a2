"""Arguments about the machine itself: the press of the 1950s, ageing, and what capital costs."""

from __future__ import annotations

from sim.arguments.analogy import carrier_sentence
from sim.arguments.base import Argument, Evidence, Reading

ABOUT_MACHINES: tuple[Argument, ...] = (
    Argument(
        key="heavy_press",
        kind="argument",
        title="The Heavy Press analogy",
        claim="Like the forging presses of the 1950s, a public machine built once serves for generations.",
        counter="A press ages in half a century, an accelerator in five years.",
        supports=(
            Evidence("Six or eight of ten presses still work after some 65 years; accounts differ.",
                     "programmes:P306; heavy_press_wiki"),
            Evidence("As far as we recall, the state owned them and firms ran them under lease.", "programmes:P311"),
        ),
        opposes=(
            Evidence("To last the 65 years of a press one would buy some eleven clusters of six years each, by our "
                     "calculation.", "programmes:P314"),
            Evidence("Alcoa's press of 50,000 tons cracked after 53 years; its repair cost some 100 million dollars.",
                     "programmes:P308; programmes:P309"),
            Evidence("Ten presses were built instead of seventeen, each a fifth dearer than planned, we calculate.",
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
        sentence="If accelerators aged as forging presses do, the work of '{option}', measured against the newest "
        "hardware of its day, {change}, from {off} to {on}; they do not.",
        remark=carrier_sentence,
    ),
    Argument(
        key="obsolescence",
        kind="argument",
        title="Hardware grows obsolete",
        claim="What is bought today is overtaken before it is paid off.",
        counter="An old machine still does the work it did; most jobs do not need the newest.",
        supports=(
            Evidence("From 2006 to 2021 the performance that a dollar buys doubled every 2.46 years (2.24 to 2.72).",
                     "epoch_price_performance; hardware:HW016"),
            Evidence("After three years 30 % of an H100's price is left, says an unattributed page.",
                     "residual_pages; hardware:HW150"),
        ),
        opposes=(
            Evidence("Titan and Summit served for some six to seven years.", "programmes:P141; programmes:P148"),
            Evidence("By our own fit, cards of 2014 to 2022 took 3.5 to 4.9 years to lose half of their price.",
                     "hardware:HW137"),
            Evidence("What part of jobs needs the newest machine is not known.",
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
        sentence="Because newer hardware supersedes it, the work of '{option}', measured against the newest, "
        "{change}: {off} if nothing improved, {on} at the pace assumed.",
    ),
    Argument(
        key="capital_cost",
        kind="argument",
        title="Huge capital cost",
        claim="Such machines cost a fortune, and always more than announced.",
        counter="Overruns are known and can be planned for; spread over the hours they are small.",
        supports=(
            Evidence("Britain's Green Book expects projects of equipment and development to cost 10 to 200 % more than "
                     "first planned.", "green_book_optimism"),
            Evidence("Aurora went from a recalled 200 to 500 million dollars, but also from 180 petaflops to a "
                     "thousand.", "programmes:P160; programmes:P161; programmes:P159"),
            Evidence("The budget of Horizon bought 300 petaflops where 400 had been expected.",
                     "programmes:P178; programmes:P179"),
        ),
        opposes=(
            Evidence("MareNostrum 5 was contracted for 151 million euros where 223 had been planned, three years late "
                     "and faster.", "programmes:P060; programmes:P061; programmes:P063"),
            Evidence("Spread over its hours, by our calculation, LUMI costs 0.39 to 0.59 EUR an hour of an accelerator "
                     "that is no H100.", "programmes:P385"),
        ),
        mechanisms=("procurement", "finance", "hardware"),
        rests_on=("hardware.price_usd", "procurement.overrun_ratio"),
        off={"procurement.overrun_ratio": 0.0},
        readings=(
            Reading("cost_per_h100e_hour", "public_cluster"),
            Reading("h100e_hours", "public_cluster"),
            Reading("cash_peak", "public_cluster"),
        ),
        sentence="With hardware dearer than planned by {overrun_ratio} times its price, the public cost of an hour of "
        "constant quality from '{option}' {change}: {off} at the planned price, {on} as assumed.",
    ),
)  # fmt: skip
