"""The five systems of the debate, each against the one it is most often weighed against."""

from __future__ import annotations

from sim.comparison.arguments.declaring import Argument, Evidence, Reading

SYSTEMS: tuple[Argument, ...] = (
    Argument(
        key="cluster",
        kind="system",
        title="A public cluster",
        claim="A machine of the public's own does more work per dollar than rented ones.",
        counter="It comes late, costs more than planned and is outdated before it is written off.",
        supports=(
            Evidence("LUMI delivers a GPU-hour for some 0.44 EUR of public money.", "programmes:P385"),
            Evidence("Summit was used to 84 % over its life.", "programmes:P151"),
            Evidence("The centres of the US Department of Energy were cheaper than clouds in 2011.", "magellan_2011"),
        ),
        opposes=(
            Evidence("Isambard-AI came twelve months after its planned date.", "programmes:P019"),
            Evidence("Projects of this kind cost more and take longer than planned.", "green_book_optimism"),
            Evidence("Prices of rented accelerators fell by some 29 % within a year.", "programmes:P235"),
        ),
        mechanisms=("hardware", "procurement", "operations", "reliability", "cloud"),
        rests_on=(
            "hardware.price_usd", "procurement.overrun_ratio", "operations.utilisation_share", "cloud.price_usd",
            "cloud.decline_per_year",
        ),
        readings=(
            Reading("cost_per_h100e_hour", "public_cluster", "cloud_credits"),
            Reading("h100e_hours", "public_cluster", "cloud_credits"),
            Reading("first_month", "public_cluster", "cloud_credits"),
        ),
        sentence="Bought as '{option}' instead of '{against}', the public cost of an hour of constant quality "
        "{change}, from {off} to {on}.",
    ),
    Argument(
        key="fab",
        kind="system",
        title="A domestic fab",
        claim="Factories of our own make accelerators cheaper and their supply safe.",
        counter="Below a stake of billions none is built; it takes years; what it makes is dearer.",
        supports=(
            Evidence("92 % of the most advanced chips come from one island.", "programmes:P298"),
            Evidence("The first fab in Arizona reached 20,000 wafers a month.", "programmes:P267"),
        ),
        opposes=(
            Evidence("The first production of a fab in Ohio slipped by 66 months.", "programmes:P279"),
            Evidence("Chips from Arizona are 5 to 20 % dearer.", "trendforce_fab"),
            Evidence("Building one takes 38 months in the United States and 20 in Taiwan.", "exyte_build"),
        ),
        mechanisms=("fab", "market"),
        rests_on=(
            "fab.capex_usd", "fab.build_months", "fab.delay_ratio", "fab.accelerator_share",
            "market.accelerators_usd_per_year", "market.supply_elasticity",
        ),
        readings=(
            Reading("accelerator_price_percent", "domestic_fab", "do_nothing"),
            Reading("accelerators_made", "domestic_fab", "do_nothing"),
            Reading("additional_fe_hours", "domestic_fab", "cloud_credits"),
        ),
        sentence="With the money in '{option}' instead of '{against}', the world price of accelerators at the horizon "
        "{change}; research itself gets no compute from it.",
    ),
    Argument(
        key="grants",
        kind="system",
        title="Just grants",
        claim="Give the money as grants: research is short of people, not of machines.",
        counter="A quarter goes into indirect costs and a small part of the rest into compute.",
        supports=(
            Evidence("Researchers asked name talent and data before compute.", "programmes:P321"),
            Evidence("Staff matters more than machines in fitted production functions.", "hpc_production"),
        ),
        opposes=(
            Evidence("Some 8 % of grants for AI are spent on compute.", "programmes:P260"),
            Evidence("28 % of the grant money of a large funder is indirect cost.", "programmes:P256"),
            Evidence("A won grant takes hundreds of hours of applying, losers included.", "programmes:P254"),
        ),
        mechanisms=("grants", "research"),
        rests_on=("output.alpha", "output.beta", "grants.indirect_ratio", "research_grants.compute_share"),
        readings=(
            Reading("output_percent", "research_grants", "public_cluster"),
            Reading("labour", "research_grants", "public_cluster"),
            Reading("additional_fe_hours", "research_grants", "public_cluster"),
        ),
        sentence="Given as '{option}' instead of '{against}', the gain in research output over doing nothing "
        "{change}, from {off} to {on}.",
    ),
    Argument(
        key="credits",
        kind="system",
        title="Cloud credits",
        claim="Vouchers bring the newest hardware at once, and nothing is left to age.",
        counter="They are spent at market prices, a part expires, and most of the money goes to three firms.",
        supports=(
            Evidence("Committing for one to three years takes some 45 % off the price.", "programmes:P225"),
            Evidence("A request is a few hundred words; unused credits come back.", "programmes:P205; programmes:P207"),
            Evidence("Rents of accelerators have fallen for years.", "wu_hedonic; p5_comment"),
        ),
        opposes=(
            Evidence("Three firms hold some 63 % of the cloud market.", "programmes:P343"),
            Evidence("27 % of what firms spend on clouds is wasted by their own account.", "programmes:P218"),
            Evidence("In 2026 rents rose again by 40 %.", "programmes:P230"),
        ),
        mechanisms=("cloud", "market"),
        rests_on=("cloud.price_usd", "cloud.decline_per_year", "cloud.spent_share", "hardware.doubling_years"),
        readings=(
            Reading("fe_hours", "cloud_credits", "public_cluster"),
            Reading("first_month", "cloud_credits", "public_cluster"),
            Reading("hyperscaler_share", "cloud_credits", "public_cluster"),
        ),
        sentence="Spent on '{option}' instead of '{against}', the work that public money buys, counted against the "
        "newest hardware of its day, {change}, from {off} to {on}.",
    ),
    Argument(
        key="mixes",
        kind="system",
        title="A mix",
        claim="Do several things at once: no one knows prices, delays and needs in advance.",
        counter="Fixed costs and thresholds make several small schemes worse than a large one.",
        supports=(
            Evidence("Canada split 2 billion dollars over a machine, private centres and vouchers.",
                     "programmes:P112; programmes:P113; programmes:P114"),
            Evidence("Which single option does best changes from draw to draw.",
                     "assumption: a result of this model and its ranges, not an observation"),
        ),
        opposes=(
            Evidence("The body that was to run NAIRR would cost some 60 million dollars a year, whatever its size.",
                     "programmes:P005"),
            Evidence("A mix has not been evaluated against its parts.",
                     "assumption: no such evaluation was found"),
        ),
        mechanisms=("finance", "hardware", "cloud", "grants"),
        rests_on=("cloud.price_usd", "cloud.decline_per_year", "procurement.slip_ratio", "procurement.overrun_ratio"),
        readings=(
            Reading("additional_fe_hours", "portfolio", "public_cluster"),
            Reading("first_month", "portfolio", "public_cluster"),
            Reading("ede", "portfolio", "public_cluster"),
        ),
        sentence="Spread over '{option}' instead of all on '{against}', the compute that research has on top of its "
        "own {change}, from {off} to {on}.",
    ),
)  # fmt: skip
