"""Arguments about who gains: access, independence, the market, another vendor."""

from __future__ import annotations

from sim.comparison.arguments.declaring import Argument, Evidence, Reading

ABOUT_PEOPLE: tuple[Argument, ...] = (
    Argument(
        key="access",
        kind="argument",
        title="Democratise access",
        claim="Public compute lets those take part whom no firm and no rich university lets in.",
        counter="Those who already have most apply most, and use it best.",
        supports=(
            Evidence("85 % of the researchers asked have no budget for clouds.", "programmes:P316"),
            Evidence("66 % rate the compute at hand with three or less of five.", "programmes:P318"),
            Evidence("Canada keeps a fifth of its capacity for access without competition.", "alliance_rac"),
        ),
        opposes=(
            Evidence("20 of 681 institutions do 31 % of academic research.", "programmes:P336"),
            Evidence("Compute is worth most to those who already use much of it.", "programmes:P321"),
            Evidence("Small groups apply less often.", "assumption: no register of non-applicants exists"),
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
        sentence="Shared out with a part set aside for regional groups and start-ups instead of by merit, their part "
        "of the compute that '{option}' adds {change}, from {off} to {on}.",
    ),
    Argument(
        key="independence",
        kind="argument",
        title="Less dependence on hyperscalers",
        claim="Research that runs on machines of its own works on when foreign supply is cut.",
        counter="The machines themselves, their parts and their successors come from abroad as well.",
        supports=(
            Evidence("Three firms hold some 63 % of the cloud market.", "programmes:P343"),
            Evidence("The largest of them alone holds 29 %.", "programmes:P340"),
        ),
        opposes=(
            Evidence("92 % of the most advanced chips come from one island.", "programmes:P298"),
            Evidence("No cut of supply to a friendly country has been seen.",
                     "assumption: how likely a cut is cannot be known; the shock is a test, not a forecast"),
        ),
        mechanisms=("independence", "cloud"),
        rests_on=("cloud.hyperscaler_share", "independence.parts_share_per_year", "independence.own_cloud_share"),
        both={"independence.shock": True},
        readings=(
            Reading("retained_share", "public_cluster", "cloud_credits"),
            Reading("provider_hhi", "public_cluster", "cloud_credits"),
            Reading("domestic_share", "public_cluster", "cloud_credits"),
        ),
        sentence="In a year in which supply from abroad is cut, the part of research compute that goes on {change} "
        "with '{option}' in place of '{against}', from {off} to {on}.",
    ),
    Argument(
        key="market_distortion",
        kind="argument",
        title="Market distortion",
        claim="A state that buys compute drives up the price for everybody else.",
        counter="The world market for accelerators does not notice; only a small regional rental market would.",
        supports=(
            Evidence("Lead times of 36 to 52 weeks show how little supply can respond at short notice.", "omdia_lead"),
            Evidence("Where supply is inelastic a subsidy goes to the sellers.", "goolsbee_1998"),
        ),
        opposes=(
            Evidence("One vendor alone sells accelerators for some 194 billion dollars a year.", "nvidia_fy2026"),
            Evidence("Public clouds face a modestly elastic demand.", "jiang_lee_zomaya"),
            Evidence("Thirty-five years of studies do not agree on crowding out.", "david_2000"),
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
        sentence="With the price rise that its own purchases cause, the compute that '{option}' adds {change}, "
        "from {off} to {on}.",
    ),
    Argument(
        key="vendor_lock_in",
        kind="argument",
        title="NVIDIA and CUDA",
        claim="Public money should break the hold of one vendor and its software.",
        counter="Codes must be ported, and run slower on anything else for years.",
        supports=(
            Evidence("Tools convert more than 95 % of the calls, says a firm that ports.", "streamhpc_port"),
            Evidence("LUMI serves research on another vendor's accelerators.", "programmes:P050"),
        ),
        opposes=(
            Evidence("One vendor takes some 87 % of the revenue, with millions of developers.",
                     "programmes:P346; programmes:P347"),
            Evidence("Ported code keeps some 80 % of the performance at first.", "programmes:P352"),
            Evidence("Porting the codes of the exascale project was part of 1.8 billion dollars.", "programmes:P349"),
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
