"""Arguments about who gains: access, independence, the market, another vendor."""

from __future__ import annotations

from sim.arguments.base import Argument, Evidence, Reading

ABOUT_PEOPLE: tuple[Argument, ...] = (
    Argument(
        key="access",
        kind="argument",
        title="Democratise access",
        claim="Public compute lets those take part whom no firm and no rich university lets in.",
        counter="Those who already have most apply most, and use it best.",
        supports=(
            Evidence("85 % of some fifty researchers asked in 2024 have no budget for clouds.",
                     "programmes:P316; programmes:P315"),
            Evidence("66 % of them rate the compute at hand with three or less of five.", "programmes:P318"),
            Evidence("In Canada's competition of 2023 a fifth of the GPUs asked for were awarded.", "programmes:P121"),
            Evidence("Canada keeps a fifth of its capacity for access without competition.", "programmes:P127"),
            Evidence("20 of 681 US institutions spend 31 % of the money for academic research.", "programmes:P336"),
        ),
        opposes=(
            Evidence("In a US survey compute came before talent and data only for those who already use much of it.",
                     "programmes:P321"),
            Evidence("Small groups are taken to apply less often.", "assumption: no register of non-applicants exists"),
        ),
        mechanisms=("access", "demand", "inequality"),
        rests_on=("access.reserve_share", "access.apply_elite", "access.apply_regional", "demand.need_regional"),
        off={"access.rule": "merit"},
        on={"access.rule": "tier_floor"},
        readings=(
            Reading("lower_tiers_share", "public_cluster"),
            Reading("ede", "public_cluster"),
            Reading("output_percent", "public_cluster"),
        ),
        sentence="If hours are allocated with a part reserved for regional groups and start-ups instead of by merit, "
        "their part of the compute that '{option}' adds {change}, from {off} to {on}.",
    ),
    Argument(
        key="independence",
        kind="argument",
        title="Less dependence on hyperscalers",
        claim="Research that runs on machines of its own works on when foreign supply is cut.",
        counter="The machines themselves, their parts and their successors come from abroad as well.",
        supports=(
            Evidence("Three firms held some 63 % of the cloud market in 2025.", "programmes:P343"),
            Evidence("The largest of them alone held 29 % in the third quarter of 2025.", "programmes:P340"),
        ),
        opposes=(
            Evidence("92 % of the most advanced chips come from one island.", "programmes:P298"),
            Evidence("The probability of a cut in supply is not known.",
                     "assumption: how likely a cut is cannot be known; the shock is a test, not a forecast"),
            Evidence("Where the large clouds are the country's own, a cut of foreign supply need not reach them.",
                     "assumption: whose firms they are is a number of the scenario, foreign unless it says otherwise"),
        ),
        mechanisms=("independence", "cloud"),
        rests_on=(
            "cloud.hyperscaler_share", "independence.domestic_cloud_share", "independence.parts_share_per_year",
            "independence.own_cloud_share",
        ),
        both={"independence.shock": True},
        readings=(
            Reading("retained_share", "public_cluster", "cloud_credits"),
            Reading("provider_hhi", "public_cluster", "cloud_credits"),
            Reading("domestic_share", "public_cluster", "cloud_credits"),
        ),
        sentence="When supply from abroad is cut, and the rented hours of foreign firms with it, the part of research "
        "compute that goes on {change} with '{option}' in place of '{against}', from {off} to {on}.",
    ),
    Argument(
        key="market_distortion",
        kind="argument",
        title="Market distortion",
        claim="A state that buys compute drives up the price for everybody else.",
        counter="The world market for accelerators does not notice; only a small regional rental market would.",
        supports=(
            Evidence("In late 2023 servers took 36 to 52 weeks to come: supply responds little at short notice.",
                     "omdia_lead"),
            Evidence("Sales of servers are found to hardly fall when their price rises.", "jiang_lee_zomaya"),
            Evidence("A significant part of US public money for research went into higher wages, for the number of "
                     "researchers grows little.", "goolsbee_1998"),
        ),
        opposes=(
            Evidence("One vendor's data-centre business alone took some 194 billion dollars in fiscal year 2026.",
                     "nvidia_fy2026"),
            Evidence("In 2024 lead times were 8 to 17 weeks again.", "dell_lead; hardware:HW293"),
            Evidence("Demand for public clouds is found modestly elastic.", "jiang_lee_zomaya"),
            Evidence("Thirty-five years of studies, up to 2000, do not agree on crowding out.", "david_2000"),
        ),
        mechanisms=("market",),
        rests_on=(
            "market.rental_usd_per_year", "market.rental_supply_elasticity", "market.rental_demand_elasticity",
            "market.accelerators_usd_per_year", "market.demand_elasticity",
        ),
        off={"market.feedback": False},
        on={"market.feedback": True},
        readings=(
            Reading("additional_fe_hours", "cloud_credits"),
            Reading("rental_price_rise_percent", "cloud_credits", "do_nothing"),
            Reading("accelerator_price_rise_percent", "public_cluster", "do_nothing"),
            Reading("cost_to_other_buyers", "cloud_credits", "do_nothing"),
        ),
        sentence="With the rise in prices that its own purchases cause, the compute that '{option}' adds {change}, "
        "from {off} to {on}.",
    ),
    Argument(
        key="vendor_lock_in",
        kind="argument",
        title="NVIDIA and CUDA",
        claim="Public money should break the hold of one vendor and its software.",
        counter="Codes must be ported, and run slower on anything else for years.",
        supports=(
            Evidence("One vendor takes 81 to 92 % of the revenue from data-centre GPUs.", "programmes:P346"),
            Evidence("Tools convert more than 95 % of the calls, says a firm that ports.", "streamhpc_port"),
            Evidence("El Capitan and Aurora run on the accelerators of two other vendors.",
                     "programmes:P168; programmes:P163"),
        ),
        opposes=(
            Evidence("Some four million developers use the software of the largest vendor.", "programmes:P347"),
            Evidence("Of AI compute, unlike of revenue, its share is put at just over 60 %.", "hardware:HW309"),
            Evidence("In matrix multiplication an MI300X reached 51 % of its peak, an H100 80 %.",
                     "hardware:HW048; hardware:HW045"),
            Evidence("What part of its performance ported code keeps at first is not measured; our guess is 80 %, "
                     "within 50 to 100 %.", "programmes:P352"),
            Evidence("The exascale project, with 24 applications to make ready, is recalled to have cost 1.8 billion "
                     "dollars.", "programmes:P348; programmes:P349"),
        ),
        mechanisms=("vendors",),
        rests_on=(
            "vendors.top_share", "vendors.discount_share", "vendors.retained_at_start_share",
            "vendors.half_life_years", "vendors.codes", "vendors.port_usd",
        ),
        off={"public_cluster.alternative_share": 0.0, "public_cluster.porting_usd": 0.0},
        on={"public_cluster.alternative_share": 0.3, "public_cluster.porting_usd": 12e6},
        readings=(
            Reading("additional_fe_hours", "public_cluster"),
            Reading("top_vendor_share", "public_cluster"),
            Reading("portable_share", "public_cluster"),
        ),
        sentence="With a part of the machine bought from another vendor and its codes ported, the compute that "
        "'{option}' adds {change}, from {off} to {on}.",
    ),
)  # fmt: skip
