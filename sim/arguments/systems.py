"""The five systems of the debate, each against the one it is most often compared with."""

from __future__ import annotations

from sim.arguments.base import Argument, Evidence, Held, Reading
from sim.arguments.mixture import mixture_sentence
from sim.arguments.steps import grants_sentence

LUMI = Held("programmes:P385", "lumi_fi", ("hardware", "facility", "energy", "maintenance", "staff"))

SYSTEMS: tuple[Argument, ...] = (
    Argument(
        key="cluster",
        kind="system",
        title="A public cluster",
        claim="A machine of the public's own does more work per dollar than rented ones.",
        counter="It comes late, costs more than planned and is outdated before it is written off.",
        supports=(
            Evidence("By our calculation an hour on one of LUMI's accelerators costs the public {low} to {high} EUR; "
                     "all money of the model over the same hours is {alike} EUR. An hour of an H100's work costs "
                     "{model} EUR there, since those accelerators do less, and later hours are discounted.",
                     "programmes:P385", LUMI),
            Evidence("Summit was used to 77 to 87 % over its life, by our calculation.", "programmes:P151"),
            Evidence("The centres of the US Department of Energy were cheaper than clouds in 2011.", "magellan_2011"),
        ),
        opposes=(
            Evidence("By our calculation Isambard-AI came some twelve months after its planned date.",
                     "programmes:P019"),
            Evidence("Britain's Green Book expects projects of equipment and development to take 10 to 54 % longer and "
                     "to cost 10 to 200 % more than first planned.", "green_book_optimism"),
            Evidence("The same calculation gives {published} GBP an hour for Isambard-AI, from the announced money and "
                     "electricity; the model's money for these over its hours is {alike} GBP. With upkeep and staff, "
                     "less resale, and later hours discounted, it is {model} GBP.", "programmes:P387",
                     Held("programmes:P387", "isambard_ai_uk", ("hardware", "facility", "energy"))),
            Evidence("For Horizon it gives 2.72 USD, its part without accelerators included, which cannot be taken "
                     "off, so that no scenario models it. A rented H100 cost 2.35 USD in March 2026.",
                     "programmes:P392; programmes:P230"),
            Evidence("Edinburgh's machine was cancelled in 2024 with 31 million pounds spent, and restored in 2025.",
                     "programmes:P032; programmes:P033"),
            Evidence("Rents of H100s and H200s fell by 22 to 29 % in 2025, though hardly at the largest clouds.",
                     "programmes:P235"),
        ),
        mechanisms=("hardware", "procurement", "operations", "reliability", "cloud"),
        rests_on=(
            "hardware.price_usd", "procurement.system_ratio", "cloud.price_usd",
            "cloud.decline_per_year",
        ),
        readings=(
            Reading("cost_per_h100e_hour", "public_cluster", "cloud_credits"),
            Reading("h100e_hours", "public_cluster", "cloud_credits"),
            Reading("first_month", "public_cluster", "cloud_credits"),
        ),
        sentence="With '{option}' instead of '{against}', the public cost of an hour of constant quality {change}, "
        "from {off} to {on}.",
    ),
    Argument(
        key="fab",
        kind="system",
        title="A domestic fab",
        claim="Factories of our own make accelerators cheaper and their supply safe.",
        counter="Wafers are not what is scarce, much of the output only moves, it takes years and comes out dearer.",
        supports=(
            Evidence("92 % of the most advanced chips come from one island.", "programmes:P298"),
            Evidence("The first fab in Arizona has a capacity of 20,000 wafers a month.", "programmes:P267"),
            Evidence("By our calculation such a fab could make 8 to 14 million accelerator dies a year, if it made "
                     "nothing else.", "programmes:P295"),
            Evidence("In a crisis the European Commission may require plants with public support to fill orders of "
                     "its choice first.", "programmes:P423"),
        ),
        opposes=(
            Evidence("What limits supply in 2026 is said to be memory, not wafers.", "programmes:P292"),
            Evidence("More than 85 % of one maker's packaging capacity for 2026 and 2027 is booked in advance.",
                     "hardware:HW295"),
            Evidence("The United States had 3 % of the world's packaging capacity in 2023.", "programmes:P421"),
            Evidence("The first production of a fab in Ohio slipped by 60 to 72 months.", "programmes:P279"),
            Evidence("The first fab in Arizona was announced at 12 billion dollars and stood at 20 in 2024.",
                     "programmes:P265; programmes:P266"),
            Evidence("Chips from Arizona are more than 5 and less than 20 % dearer, by one estimate; others range up "
                     "to 50 %.", "trendforce_fab; programmes:P274"),
            Evidence("Building one takes 38 months in the United States and 20 in Taiwan.", "exyte_build"),
        ),
        mechanisms=("fab", "market", "independence"),
        rests_on=(
            "independence.shock_start_months", "fab.accelerator_share", "fab.packaging_share", "fab.memory_share",
            "fab.inputs_at_home_share", "fab.node_lag_years", "fab.capex_usd", "fab.build_months", "fab.delay_ratio",
            "fab.ramp_months", "cloud.decline_per_year", "independence.domestic_cloud_share",
            "market.rental_demand_elasticity", "hardware.doubling_years",
        ),
        both={"independence.shock": True},
        around={"independence.shock_start_months": 96.0},  # when a plant that is decided on now is at work
        readings=(
            Reading("embargo_fe_hours", "domestic_fab", "cloud_credits"),
            Reading("retained_share", "domestic_fab", "public_cluster"),
            Reading("additional_fe_hours", "domestic_fab", "cloud_credits"),
            Reading("price_gain_fe_hours", "domestic_fab", "do_nothing"),
            Reading("accelerator_price_percent", "domestic_fab", "do_nothing"),
            Reading("accelerators_made", "domestic_fab", "do_nothing"),
            Reading("accelerators_added", "domestic_fab", "do_nothing"),
        ),
        sentence="With the same money in '{option}' instead of '{against}', the compute that research has in an "
        "embargo, in which a fab that is at work by then must fill its orders first, {change}, from {off} to {on}. "
        "Without one, research gets no compute from the fab within the horizon but what it saves on the price of "
        "accelerators, {price_gain_fe_hours}; what machines bought later save comes after it: of {accelerators_made} "
        "made at home {accelerators_added} are new to the world, whose price changes by {accelerator_price_percent} "
        "once other makers have responded.",
    ),
    Argument(
        key="grants",
        kind="system",
        title="Just grants",
        claim="Give the money as grants: research is short of people, not of machines.",
        counter="More than a quarter goes into indirect costs and a small part of the rest into compute.",
        supports=(
            Evidence("Researchers asked in the United States name talent and data before compute, heavy users of "
                     "compute apart.", "programmes:P321"),
            Evidence("At one university the staff that supports research computing counted for more than the machines.",
                     "hpc_production"),
            Evidence("Across university fields a per cent more scientists and engineers brought 0.8 % more papers and "
                     "0.9 % more citations.", "programmes:P941"),
            Evidence("High-performance computing at hand raised the efficiency of chemistry, civil engineering and "
                     "physics, and not that of computer science or economics.", "hpc_efficiency"),
            Evidence("Over 3,186 estimates capital and labour are hard to replace by one another: the elasticity is "
                     "0.3 where biases are corrected, 0.9 as published.", "programmes:P906"),
        ),
        opposes=(
            Evidence("In two tasks of deep learning a per cent more compute brought 0.11 and 0.25 % more progress, far "
                     "more than the part of a group's money that buys compute.", "programmes:P940"),
            Evidence("The services of XSEDE would have cost 1.87 to 3.24 times their budget on the market.",
                     "programmes:P942"),
            Evidence("What part of grants for AI buys compute is not surveyed; our guess is 8 %, within 2 to 25 %.",
                     "programmes:P260"),
            Evidence("27.8 % of the award money of the US National Institutes of Health is indirect cost.",
                     "crs_in12516"),
            Evidence("By our calculation a grant won takes 650 to 1,300 hours of applying, those of losers included.",
                     "programmes:P254"),
            Evidence("In four AI firms compute and labour were good substitutes by one count of compute, and none at "
                     "all by another.", "programmes:P905"),
            Evidence("What winners would have won elsewhere is not known; our guess is 15 % of a grant.",
                     "assumption: studies of crowding out do not agree"),
        ),
        mechanisms=("grants", "research"),
        rests_on=(
            "output.alpha", "output.other_ratio", "output.beta", "output.substitution_other",
            "output.substitution_computing", "output.computing_share", "grants.displaced_share",
            "output.rehired_share", "grants.indirect_ratio", "research_grants.compute_share", "output.floor_hours",
            "demand.own_growth_per_year", "procurement.system_ratio", "grants.researcher_usd_per_year",
        ),
        readings=(
            Reading("benefit_cost_ratio", "research_grants", "public_cluster"),
            Reading("output_percent", "research_grants", "public_cluster"),
            Reading("output_percent_elite", "research_grants", "public_cluster"),
            Reading("output_percent_regional", "research_grants", "public_cluster"),
            Reading("labour", "research_grants", "public_cluster"),
            Reading("additional_fe_hours", "research_grants", "public_cluster"),
        ),
        sentence="With '{option}' instead of '{against}', the research that a public dollar adds, over what a dollar "
        "of research usually does, {change}, from {off} to {on}; {displaced_share} of a grant only takes the place of "
        "another. Grants pay {labour} of work.",
        remark=grants_sentence,
    ),
    Argument(
        key="credits",
        kind="system",
        title="Cloud credits",
        claim="Vouchers bring the newest hardware at once, and nothing is left to age.",
        counter="They are spent at market prices, a part expires, and most of the money goes to three firms.",
        supports=(
            Evidence("Committing for one to three years takes 30 to 60 % off the price, says a consultancy.",
                     "programmes:P225"),
            Evidence("A request is a few hundred words; unused credits can be recovered.",
                     "programmes:P205; programmes:P207"),
            Evidence("Cloud prices of constant quality fell by some 20 % a year from 2008 to 2017.", "wu_hedonic"),
            Evidence("The rent of an H100 fell from some 8 dollars an hour at a peak in 2023 to 1.70 in October 2025.",
                     "programmes:P227; programmes:P229"),
        ),
        opposes=(
            Evidence("Three firms held some 63 % of the cloud market in 2025.", "programmes:P343"),
            Evidence("27 % of what firms spend on clouds is wasted by their own account.", "programmes:P218"),
            Evidence("By March 2026 the rent of an H100 on a contract of one year had risen again by some 40 %.",
                     "programmes:P230"),
            Evidence("Requests for credits are answered in weeks to months.", "programmes:P204"),
        ),
        mechanisms=("cloud", "market"),
        rests_on=("cloud.price_usd", "cloud.decline_per_year", "cloud.spent_share", "hardware.doubling_years"),
        readings=(
            Reading("fe_hours", "cloud_credits", "public_cluster"),
            Reading("first_month", "cloud_credits", "public_cluster"),
            Reading("hyperscaler_share", "cloud_credits", "public_cluster"),
        ),
        sentence="With '{option}' instead of '{against}', the work that public money buys, less what new "
        "hardware gains from the start on, {change}, from {off} to {on}.",
    ),
    Argument(
        key="mixes",
        kind="system",
        title="A mix",
        claim="Do several things at once: no one knows prices, delays and needs in advance.",
        counter="Fixed costs and thresholds make several small schemes worse than a large one.",
        supports=(
            Evidence("Canada splits 2 billion Canadian dollars over a machine, private centres and vouchers.",
                     "programmes:P112; programmes:P113; programmes:P114"),
            Evidence("Within this model, which single option does best can change from draw to draw.",
                     "assumption: a result of this model and its ranges, not an observation"),
        ),
        opposes=(
            Evidence("The body that was to run NAIRR would have cost 55 to 65 million dollars a year for coordination "
                     "and management alone.", "programmes:P005"),
            Evidence("No evaluation of a mix against its parts is known to us.",
                     "assumption: no such evaluation was found"),
        ),
        mechanisms=("finance", "hardware", "cloud", "grants", "procurement"),
        rests_on=("cloud.price_usd", "cloud.decline_per_year", "procurement.slip_months", "procurement.system_ratio"),
        readings=(
            Reading("additional_fe_hours", "portfolio", "public_cluster"),
            Reading("first_month", "portfolio", "public_cluster"),
            Reading("least_need_met", "portfolio", "public_cluster"),
            Reading("additional_fe_hours", "portfolio", "cloud_credits"),
            Reading("output_percent", "portfolio", "public_cluster"),
            Reading("ede", "portfolio", "public_cluster"),
        ),
        sentence="With '{option}' instead of '{against}' alone, the compute that research has on top of its "
        "own {change}, from {off} to {on}; in its leanest year research then has {least_need_met} of what it needs.",
        remark=mixture_sentence,
    ),
)  # fmt: skip
