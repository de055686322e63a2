"""Arguments about who gains, about the machine itself, and about what is made with the compute."""

from __future__ import annotations

from sim.arguments.analogy import carrier_sentence
from sim.arguments.anyway import anyway_sentence
from sim.arguments.base import Argument, Evidence, Reading
from sim.arguments.remarks import permitted_sentence, seeds_sentence, spending_sentence
from sim.arguments.steps import access_sentence, dates_sentence
from sim.arguments.systems import LUMI

CLAIMS: tuple[Argument, ...] = (
    # who gains: access, independence, the market, another vendor
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
            Evidence("Small groups are taken to apply less often: for want of eligibility, knowledge or time.",
                     "assumption: no register of non-applicants exists, and no survey of their reasons was found; "
                     "the model's shares of reasons are all guesses (grade D)"),
            Evidence("An application can be short: 350 words at one programme.", "programmes:P205"),
        ),
        mechanisms=("access", "demand", "inequality"),
        rests_on=(
            "access.reserve_share", "access.apply_elite", "access.apply_regional", "demand.need_regional",
            "access.ineligible_share", "access.uninformed_share", "access.saved_share", "demand.rent_elasticity",
            "demand.growth_per_year",
        ),
        off={"access.rule": "merit"},
        on={"access.rule": "tier_floor", "access.help_share": 0.3},
        readings=(
            Reading("lower_tiers_share", "public_cluster"),
            Reading("ede", "public_cluster"),
            Reading("output_percent", "public_cluster"),
            Reading("private_cost", "public_cluster"),
        ),
        sentence="If hours are allocated with a part reserved for regional groups and start-ups instead of by merit, "
        "and help desks reach some of those that do not apply, their part of the compute that '{option}' adds "
        "{change}, from {off} to {on}.",
        remark=access_sentence,
    ),
    Argument(
        key="independence",
        kind="argument",
        title="Less dependence on hyperscalers",
        claim="Research that runs on machines of its own works on when foreign supply is cut.",
        counter="The machines themselves, their parts and their successors come from abroad as well, from one vendor.",
        supports=(
            Evidence("Three firms held some 63 % of the cloud market in 2025.", "programmes:P343"),
            Evidence("The largest of them alone held 29 % in the third quarter of 2025.", "programmes:P340"),
            Evidence("The stock of one vendor's compute grew 2.3 times a year from 2019 to 2024: clouds that cannot "
                     "buy fall behind what they would have had.", "hardware:HW306"),
            Evidence("Own machines stand in many places: by our calculation American universities are as concentrated "
                     "as 172 of equal size.", "programmes:P426"),
        ),
        opposes=(
            Evidence("92 % of the most advanced chips come from one island.", "programmes:P298"),
            Evidence("One vendor takes 81 to 92 % of the revenue from data-centre GPUs, whoever owns the machines.",
                     "programmes:P346"),
            Evidence("The probability of a cut in supply is not known.",
                     "assumption: how likely a cut is cannot be known; the shock is a test, not a forecast"),
            Evidence("Clouds of the country's own work on in an embargo, at higher rents; a machine that is due then "
                     "does not come.",
                     "assumption: whose firms they are is a number of the scenario, foreign unless it says otherwise"),
        ),
        mechanisms=("independence", "cloud", "market", "vendors"),
        rests_on=(
            "independence.shock_start_months", "cloud.hyperscaler_share", "independence.domestic_cloud_share",
            "independence.parts_share_per_year",
            "independence.own_cloud_share", "independence.cloud_growth_per_year", "independence.institutions",
            "market.rental_demand_elasticity", "vendors.top_share", "procurement.slip_months",
            "procurement.acceptance_share",
        ),
        both={"independence.shock": True},
        readings=(
            Reading("retained_share", "public_cluster", "cloud_credits"),
            Reading("provider_hhi", "public_cluster", "cloud_credits"),
            Reading("vendor_hhi", "public_cluster", "cloud_credits"),
            Reading("domestic_share", "public_cluster", "cloud_credits"),
        ),
        remark=dates_sentence,
        leads=True,
        sentence="When supply from abroad is cut, and with it the hours rented from foreign firms and the growth of "
        "clouds at home, the part of research compute that goes on {change} with '{option}' in place of '{against}', "
        "from {off} to {on}, at the middle date. Concentration with '{option}' is {provider_hhi} among providers and "
        "{vendor_hhi} among vendors of accelerators, where a single one is all.",
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
        counter="Codes must be ported and kept up, run slower on anything else, and ways around are legally unsafe.",
        supports=(
            Evidence("One vendor takes 81 to 92 % of the revenue from data-centre GPUs.", "programmes:P346"),
            Evidence("Tools convert more than 95 % of the calls, says a firm that ports.", "streamhpc_port"),
            Evidence("As recalled, ten of 600 codes of one centre held half of its hours, so that few need porting.",
                     "programmes:P478; programmes:P479"),
            Evidence("One firm compiles code of the incumbent for another vendor and says that it runs no slower.",
                     "programmes:P483"),
            Evidence("El Capitan and Aurora run on the accelerators of two other vendors.",
                     "programmes:P168; programmes:P163"),
        ),
        opposes=(
            Evidence("Some four million developers use the software of the largest vendor.", "programmes:P347"),
            Evidence("Since 2021 its licence forbids translating what its tools put out for other vendors' platforms.",
                     "programmes:P480"),
            Evidence("The code of one such layer was taken down in 2024, at the request of the firm that had paid for "
                     "it.", "programmes:P481"),
            Evidence("Of AI compute, unlike of revenue, its share is put at just over 60 %.", "hardware:HW309"),
            Evidence("In matrix multiplication an MI300X reached 51 % of its peak, an H100 80 %.",
                     "hardware:HW048; hardware:HW045"),
            Evidence("What part of its performance ported code keeps at first is not measured; our guess is 80 %, "
                     "within 50 to 100 %.", "programmes:P352"),
            Evidence("The exascale project, with 24 applications to make ready, is recalled to have cost 1.8 billion "
                     "dollars.", "programmes:P348; programmes:P349"),
            Evidence("How fast ported code stops working was not measured.",
                     "assumption: 3 to 40 % a year, as codes and accelerators move on"),
        ),
        mechanisms=("vendors",),
        rests_on=(
            "vendors.top_share", "vendors.discount_share", "vendors.retained_at_start_share",
            "vendors.half_life_years", "vendors.portable_at_start_share", "vendors.codes", "vendors.port_usd",
            "vendors.effort_spread", "vendors.rot_per_year", "vendors.layer_coverage_share",
            "vendors.layer_hazard_per_year", "vendors.bargaining_share", "vendors.rebate_share",
        ),
        both={"public_cluster.porting_usd": 0.0, "public_cluster.upkeep_usd_per_year": 0.0},
        off={
            "public_cluster.alternative_share": 0.0, "public_cluster.porting_rule": "as_paid",
            "public_cluster.compatibility_layer": False,
        },
        on={
            "public_cluster.alternative_share": 0.3, "public_cluster.porting_rule": "where_it_pays",
            "public_cluster.compatibility_layer": True,
        },
        readings=(
            Reading("additional_fe_hours", "public_cluster"),
            Reading("top_vendor_share", "public_cluster"),
            Reading("portable_share", "public_cluster"),
            Reading("porting_cost", "public_cluster"),
        ),
        sentence="With a part of the machine bought from another vendor, those codes ported and kept up for which it "
        "pays, and the rest run through a compatibility layer as long as there is one, the compute that '{option}' "
        "adds {change}, from {off} to {on}; part of the load that then runs on either vendor: {portable_share}, at a "
        "cost of {porting_cost}.",
    ),
    # the machine itself: the press of the 1950s, ageing, and what capital costs
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
            "hardware.resale_decay_per_year": 0.03,
            "cloud.decline_per_year": 0.02,
            "public_cluster.retirement": "run_to_fail",
        },
        readings=(
            Reading("fe_hours", "public_cluster"),
            Reading("fe_hours", "cloud_credits"),
            Reading("cost_per_fe_hour", "public_cluster"),
        ),
        sentence="If accelerators aged as forging presses do, the work of '{option}', less what new hardware gains "
        "from the start on, {change}, from {off} to {on}; they do not.",
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
        sentence="Because newer hardware supersedes it, the work of '{option}', less what new hardware gains "
        "from the start on, {change}: {off} if nothing improved, {on} at the pace assumed.",
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
            Evidence("The budget of Horizon, which no scenario models, bought 300 petaflops, not the 400 expected.",
                     "programmes:P178; programmes:P179"),
        ),
        opposes=(
            Evidence("MareNostrum 5 was contracted for 151 million euros where 223 had been planned, three years late "
                     "and faster.", "programmes:P060; programmes:P061; programmes:P063"),
            Evidence("Spread over its hours, by our calculation, LUMI costs {low} to {high} EUR an hour of an "
                     "accelerator that is no H100; all money of the model over the same hours is {alike} EUR.",
                     "programmes:P385", LUMI),
        ),
        mechanisms=("procurement", "finance", "hardware"),
        rests_on=("procurement.system_ratio", "procurement.overrun_ratio"),
        off={"procurement.contract": "fixed_price", "procurement.facility_overrun_ratio": 0.0},
        on={"procurement.contract": "cost_plus"},
        readings=(
            Reading("cost_per_h100e_hour", "public_cluster"),
            Reading("h100e_hours", "public_cluster"),
            Reading("cash_peak", "public_cluster"),
        ),
        sentence="With hardware dearer than planned by {overrun_ratio} times its price, the public cost of an hour of "
        "constant quality from '{option}' {change}: {off} at the planned price, {on} as assumed.",
    ),
    # what is made with the compute: open models, reproducible results, cheap answers, safety
    Argument(
        key="open_source",
        kind="argument",
        title="Open weights against open source",
        claim="Only models that all may use, with code and data, are a public good.",
        counter="Weights under a licence permit nearly every use; training data often may not be published.",
        supports=(
            Evidence("A much used licence leaves out firms of over 700 million monthly users, unless its owner agrees.",
                     "programmes:P353; licences:L089"),
            Evidence("Its second version forbade improving any other large language model with its outputs.",
                     "licences:L008"),
            Evidence("The rights to its multimodal models of September 2024 and April 2025 are not granted in the "
                     "European Union.", "licences:L060; licences:L090"),
            Evidence("The open-source definition asks for code and an account of the data, enough to build an "
                     "equivalent.", "licences:L109; programmes:P355"),
        ),
        opposes=(
            Evidence("Since July 2024 the same licence lets others be trained with its outputs, if their names say so.",
                     "licences:L038"),
            Evidence("Even the open-source definition does not ask for the data themselves.", "licences:L110"),
            Evidence("Seven of ten data sets had no documented licence.", "programmes:P473"),
            Evidence("What uses others want of models is not known; our shares of demand are guesses.",
                     "assumption: uses of models by kind of use are not surveyed"),
            Evidence("On one ranking the gap between the best open and closed models fell from 8 to 1.7 % in a year.",
                     "programmes:P359"),
        ),
        mechanisms=("licences", "openness"),
        rests_on=(
            "openness.demand_over_700m", "openness.demand_prohibited_field", "openness.demand_reproduce",
            "openness.demand_audit_data", "openness.demand_eu_multimodal", "openness.legal_ceiling_share",
            "openness.private_data_share", "openness.derived_ratio", "openness.superseded_years",
            "openness.lasting_years", "openness.compliance_share", "openness.hours_per_project",
        ),
        off={"openness.release": "restricted"},
        on={"openness.release": "osi"},
        readings=(
            Reading("reuse_outputs", "public_cluster"),
            Reading("excluded_use_share", "public_cluster"),
            Reading("projects", "public_cluster"),
            Reading("openness_index", "public_cluster"),
            Reading("additional_fe_hours", "public_cluster"),
        ),
        sentence="Released as open source, with data where they may be published, instead of as weights under a "
        "licence that forbids some uses, the sum of uses that others may make of what '{option}' produces {change}, "
        "from {off} to {on}: no count of users, but {projects}, each by the part of demand that its release permits. A "
        "licence can only take uses away, so what is open is used less only where publishing it takes so much of the "
        "compute that fewer models are made; it takes {compliance_share} of it here.",
        remark=permitted_sentence,
    ),
    Argument(
        key="reproducibility",
        kind="argument",
        title="Training data and non-determinism",
        claim="Without the data and a run that gives the same bits, a model cannot be checked.",
        counter="Rights and privacy hold back many data, and determinism costs compute; several seeds show more.",
        supports=(
            Evidence("With code and data 86 % of the AI studies tried could be reproduced at least in part, with data "
                     "alone 33 %.", "programmes:P470"),
            Evidence("Runs that differ by chance alone are alike on the whole, but not on parts of the data.",
                     "zhuang_determinism"),
            Evidence("Papers at five conferences that share code and data rose from 11 % in 2014 to 64 % in 2024.",
                     "programmes:P472"),
        ),
        opposes=(
            Evidence("Seven of ten data sets have no documented licence, and terms of service restrict 45 % of a much "
                     "used crawl.", "programmes:P473; programmes:P474"),
            Evidence("Deterministic runs cost up to 746 % more on one kind of accelerator.", "zhuang_determinism"),
            Evidence("As recalled, 63.5 % of 255 papers could be built anew without their code.", "programmes:P471"),
            Evidence("A run that repeats the bits repeats the chance of its seed.",
                     "assumption: by construction; what part of results hangs on a seed no study of one sample shows"),
            Evidence("How many of the studies that could be checked are checked is not known.",
                     "assumption: re-runs are not counted anywhere"),
        ),
        mechanisms=("openness", "reproduction"),
        rests_on=(
            "openness.legal_ceiling_share", "openness.private_data_share", "reproduction.determinism_overhead_ratio",
            "openness.compliance_share", "reproduction.mistake_share", "reproduction.chance_share",
            "reproduction.effect_ratio", "reproduction.checked_share", "reproduction.followed_ratio",
        ),
        both={"openness.mandate_share": 1.0},
        off={"reproduction.deterministic_share": 0.0, "reproduction.replicated_share": 1.0},
        on={"reproduction.deterministic_share": 1.0, "reproduction.replicated_share": 0.0},
        readings=(
            Reading("spared_per_rerun", "public_cluster"),
            Reading("errors_per_study", "public_cluster"),
            Reading("reproduction_gain", "public_cluster"),
            Reading("bitwise_reproducible_share", "public_cluster"),
            Reading("seeds_needed", "public_cluster"),
            Reading("additional_fe_hours", "public_cluster"),
        ),
        sentence="Where all who use '{option}' must publish what they may, the work that others are spared by each "
        "hour of compute spent on finding errors {change} if it goes into runs that give the same bits instead of into "
        "several seeds, {seeds_needed} for each claim: from {off} to {on}; below one it takes more than it spares. "
        "Every study pays for the same bits, and {checked_share} of those that could be checked are: with them for "
        "all, what is spared less what is taken is {reproduction_gain}.",
        remark=seeds_sentence,
    ),
    Argument(
        key="complement",
        kind="argument",
        title="Commoditise your complement",
        claim="A firm that earns on what models are used with gives its model away, and research gains by it.",
        counter="Few firms earn enough on the complement; and what cheap models can do, machines need not.",
        supports=(
            Evidence("On one marketplace closed models cost 1.86 dollars per million tokens on average, open ones "
                     "0.23.", "nagle_2025"),
            Evidence("From 2021 to 2024 the largest cloud kept 47 % of each further dollar of sales, we calculate; it "
                     "has 29 % of the market.", "programmes:P907; programmes:P340"),
            Evidence("One free model took some 31 million H100-hours: little beside what a cloud earns.",
                     "programmes:P903"),
            Evidence("Firms spent 8.4 billion dollars a year on interfaces to models by one account.",
                     "programmes:P904"),
        ),
        opposes=(
            Evidence("Open models answer only some 20 % of the tokens there.", "nagle_2025"),
            Evidence("Open models trail closed ones by some four months by one index, by a year in an earlier study.",
                     "programmes:P900; programmes:P901"),
            Evidence("The price of a given quality fell tenfold a year by one account, whose cheapest model is an open "
                     "one; another finds 9 to 900 times.", "llmflation; programmes:P357; programmes:P356"),
            Evidence("What part of that is due to open weights is unknown.", "programmes:P361"),
        ),
        mechanisms=("complement", "research"),
        rests_on=(
            "complement.demand_elasticity", "complement.substitution", "complement.rivals",
            "complement.spend_usd_per_year", "complement.complement_margin_share", "complement.complement_share",
            "complement.complement_ratio", "complement.tied_share", "complement.model_usd_per_year",
            "complement.entry_per_year", "complement.open_growth_per_year", "complement.pace_per_year",
            "complement.lag_months", "complement.research_share", "output.substitution_computing",
        ),
        both={"complement.counted": True},
        off={"complement.release": "never"},
        on={"complement.release": "always"},
        readings=(
            Reading("release_gain", "do_nothing"),
            Reading("output_percent", "public_cluster"),
            Reading("output_percent", "cloud_credits"),
            Reading("output_percent", "research_grants"),
            Reading("complement_needed", "do_nothing"),
            Reading("frontier_firms", "do_nothing"),
            Reading("entry_deterred", "do_nothing"),
            Reading("api_price_index", "do_nothing"),
            Reading("consumer_gain", "public_cluster"),
        ),
        sentence="If one firm gives a model of the frontier away instead of charging for it, its profit, worldwide and "
        "at its own rate of discount, {change}; by default it does so only where that pays. At the horizon "
        "{frontier_firms} are at the frontier; entrants that the free model deters: {entry_deterred}. In research an "
        "hour then runs a better model, and cheaper answers do some of the work of hours: which of the two is the "
        "stronger decides whether machines, credits and grants add more to research output or less.",
        remark=spending_sentence,
    ),
    Argument(
        key="safety",
        kind="argument",
        title="Safety, and 'stolen anyway'",
        claim="Open models put dangerous tools into the wrong hands.",
        counter="What is released could be had elsewhere, or would be stolen anyway.",
        supports=(
            Evidence("The guardrails of one open model came off for less than 200 dollars.", "badllama"),
            Evidence("After a release nothing can be taken back.",
                     "assumption: copies of weights cannot be recalled; harm done with them is not counted anywhere"),
        ),
        opposes=(
            Evidence("On one ranking the gap between the best open and closed models fell from 8 to 1.7 % in a year.",
                     "programmes:P359"),
            Evidence("Defences need models to be tried on; what research on them averts is not counted either.",
                     "assumption: misuse that did not happen leaves no record"),
            Evidence("Weights that are kept closed can be stolen.",
                     "assumption: no count of thefts of weights is public"),
        ),
        mechanisms=("safety", "openness"),
        rests_on=(
            "safety.misuse_share", "safety.counterfactual_share", "safety.theft_per_year", "safety.guardrail_share",
            "safety.catch_up_months", "safety.spread_share", "safety.averted_share", "safety.research_share",
            "safety.defence_delay_months", "safety.defence_life_months", "safety.event_usd",
        ),
        both={"safety.harm": True},
        readings=(
            Reading("net_misuse_years", "public_cluster", "do_nothing"),
            Reading("added_misuse_years", "public_cluster", "do_nothing"),
            Reading("averted_misuse_years", "public_cluster", "do_nothing"),
            Reading("misuse_anyway_years", "public_cluster", "do_nothing"),
            Reading("break_even_probability", "public_cluster"),
        ),
        sentence="With '{option}' instead of '{against}', misuse of models, less what defence research averts, "
        "{change}. Releases add {added_misuse_years} where {counterfactual_share} of what they can do is to be had "
        "anyway and closed weights would be stolen at a hazard of {theft_per_year} a year. Of this, and of misuse that "
        "would come about were all models kept closed, research averts {averted_misuse_years}. Probability that one "
        "misused model causes an event of {event_usd} USD at which what releases add is as dear as the social cost of "
        "'{option}': {break_even_probability}.",
        remark=anyway_sentence,
    ),
)  # fmt: skip
