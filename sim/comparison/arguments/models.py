"""Arguments about what is made with the compute: open models, reproducible results, cheap answers, safety."""

from __future__ import annotations

from sim.comparison.arguments.declaring import Argument, Evidence, Reading

ABOUT_MODELS: tuple[Argument, ...] = (
    Argument(
        key="open_source",
        kind="argument",
        title="Open weights against open source",
        claim="Only models that all may use, with code and data, are a public good.",
        counter="Weights under a licence reach nearly everybody; training data often may not be published.",
        supports=(
            Evidence("A much used licence shuts out firms of over 700 million monthly users.", "programmes:P353"),
            Evidence("The open-source definition asks for code and an account of the data as well.", "programmes:P355"),
        ),
        opposes=(
            Evidence("Few users are of that size; how much use they stand for is not known.",
                     "assumption: use by size of firm is not published"),
            Evidence("The gap between open and closed models has nearly closed, licences or not.", "programmes:P359"),
        ),
        mechanisms=("openness",),
        rests_on=("openness.over_700m_share", "openness.prohibited_share", "openness.legal_ceiling_share",
                  "openness.reuse_weights", "openness.reuse_full", "openness.hours_per_project"),
        off={"openness.release": "restricted"},
        on={"openness.release": "osi"},
        readings=(
            Reading("reuse_outputs", "public_cluster"),
            Reading("excluded_use_share", "public_cluster"),
            Reading("openness_index", "public_cluster"),
        ),
        sentence="Released as open source instead of under a licence that shuts some users out, the uses that others "
        "make of what '{option}' brings forth {change}, from {off} to {on}.",
    ),
    Argument(
        key="reproducibility",
        kind="argument",
        title="Training data and non-determinism",
        claim="Without the data and a run that gives the same bits, nobody can check a model.",
        counter="The law forbids much of the data, and determinism costs compute; several seeds tell as much.",
        supports=(
            Evidence("Deterministic operations cost up to 746 % more on one architecture.", "zhuang_determinism"),
            Evidence("A framework of three classes puts open science above open models.", "programmes:P354"),
        ),
        opposes=(
            Evidence("How much of training data may be published is not known.",
                     "assumption: rights differ by field and country; nobody has counted"),
            Evidence("Results that hold over several seeds need no equal bits.", "zhuang_determinism"),
        ),
        mechanisms=("openness",),
        rests_on=("openness.legal_ceiling_share", "openness.determinism_overhead_ratio", "openness.compliance_share"),
        off={"openness.mandate_share": 0.0, "openness.deterministic_share": 0.0},
        on={"openness.mandate_share": 1.0, "openness.deterministic_share": 1.0},
        readings=(
            Reading("bitwise_reproducible_share", "public_cluster"),
            Reading("additional_fe_hours", "public_cluster"),
            Reading("openness_index", "public_cluster"),
        ),
        sentence="Where all must publish what the law allows and run the same bits twice, the part of the projects of "
        "'{option}' that others can rerun exactly {change}, from {off} to {on}.",
    ),
    Argument(
        key="complement",
        kind="argument",
        title="Commoditise your complement",
        claim="Public open models press the price of using models down, for everybody.",
        counter="Prices fall anyway; nobody knows what public compute adds.",
        supports=(
            Evidence("Closed models cost 1.86 dollars per million tokens, open ones of like quality 0.23.",
                     "nagle_2025"),
            Evidence("Open models answer only some 20 % of the tokens.", "nagle_2025"),
        ),
        opposes=(
            Evidence("The price of a given quality falls tenfold a year, open or not.", "llmflation"),
            Evidence("What part of that is due to open weights is unknown.", "programmes:P361"),
        ),
        mechanisms=("complement",),
        rests_on=(
            "complement.open_price_usd", "complement.closed_price_usd", "complement.open_share",
            "complement.world_open_compute", "complement.spend_usd_per_year", "complement.pull_ratio",
        ),
        both={"complement.counted": True},
        off={"complement.pull_ratio": 0.0},
        readings=(
            Reading("consumer_gain", "public_cluster"),
            Reading("api_price_index", "public_cluster"),
            Reading("mu_needed", "public_cluster"),
        ),
        sentence="If open models from '{option}' pull users away from dear ones as assumed, what all users save "
        "{change}, from {off} to {on} at present value; for that to pay for it the pull "
        "would have to be {mu_needed}, where {pull_ratio} is assumed.",
    ),
    Argument(
        key="safety",
        kind="argument",
        title="Safety, and 'stolen anyway'",
        claim="Open models put dangerous tools into the wrong hands.",
        counter="What is released could be had elsewhere, or would be stolen anyway.",
        supports=(
            Evidence("The guardrails of open weights come off for less than 200 dollars.", "badllama"),
            Evidence("After a release nothing can be taken back.",
                     "assumption: copies of weights cannot be recalled; harm done with them is not counted anywhere"),
        ),
        opposes=(
            Evidence("The best open models are 1.7 % behind the closed ones.", "programmes:P359"),
            Evidence("Weights that are kept closed can be stolen.",
                     "assumption: no count of thefts of weights is public"),
        ),
        mechanisms=("safety", "openness"),
        rests_on=("safety.misuse_share", "safety.counterfactual_share", "openness.hours_per_project"),
        both={"safety.harm": True},
        off={"safety.counterfactual_share": 0.0},
        readings=(
            Reading("marginal_risk_index", "public_cluster"),
            Reading("break_even_harm", "public_cluster"),
        ),
        sentence="With the {counterfactual_share} that could be had anyway taken off, the index of misused releases "
        "that '{option}' adds {change}: {off} if nothing else were at hand, {on} as assumed; each would have to do "
        "harm of {break_even_harm} to outweigh the cost.",
    ),
)  # fmt: skip
