"""Arguments about what is made with the compute: open models, reproducible results, cheap answers, safety."""

from __future__ import annotations

from sim.arguments.base import Argument, Evidence, Reading

ABOUT_MODELS: tuple[Argument, ...] = (
    Argument(
        key="open_source",
        kind="argument",
        title="Open weights against open source",
        claim="Only models that all may use, with code and data, are a public good.",
        counter="Weights under a licence reach nearly everybody; training data often may not be published.",
        supports=(
            Evidence("A much used licence leaves out firms of over 700 million monthly users, unless its owner agrees.",
                     "programmes:P353"),
            Evidence("As far as we recall, the open-source definition asks for code and an account of the data as "
                     "well.", "programmes:P355"),
        ),
        opposes=(
            Evidence("Few users can be of that size; how much use they stand for is not known.",
                     "assumption: use by size of firm is not published"),
            Evidence("On one ranking the gap between the best open and closed models fell from 8 to 1.7 % in a year.",
                     "programmes:P359"),
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
        sentence="Released as open source, with data where the law allows, instead of as weights under a licence that "
        "shuts some users out, the number of uses that others make of what '{option}' produces {change}, from "
        "{off} to {on}.",
    ),
    Argument(
        key="reproducibility",
        kind="argument",
        title="Training data and non-determinism",
        claim="Without the data and a run that gives the same bits, nobody can check a model.",
        counter="The law may forbid much of the data, and determinism costs compute; several seeds show as much.",
        supports=(
            Evidence("Runs that differ by chance alone are alike on the whole, but not on parts of the data.",
                     "zhuang_determinism"),
            Evidence("A framework of three classes puts open science above open models.", "programmes:P354"),
        ),
        opposes=(
            Evidence("How much of training data may be published is not known.",
                     "assumption: rights differ by field and country; nobody has counted"),
            Evidence("Deterministic runs cost up to 746 % more on one kind of accelerator.", "zhuang_determinism"),
            Evidence("Results that hold over several seeds are taken to need no equal bits.",
                     "assumption: a judgement; no study that compares the two ways was found"),
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
        sentence="Where all must publish what the law allows and run so that the same bits come out again, the part of "
        "the projects of '{option}' that others can rerun exactly {change}, from {off} to {on}.",
    ),
    Argument(
        key="complement",
        kind="argument",
        title="Commoditise your complement",
        claim="Public open models push down the price of using models for everybody.",
        counter="Prices fall anyway; nobody knows what public compute adds.",
        supports=(
            Evidence("On one marketplace closed models cost 1.86 dollars per million tokens on average, open ones "
                     "0.23.", "nagle_2025"),
            Evidence("Open models answer only some 20 % of the tokens there.", "nagle_2025"),
        ),
        opposes=(
            Evidence("The price of a given quality fell tenfold a year by one account, whose cheapest model is an open "
                     "one; another finds 9 to 900 times.", "llmflation; programmes:P357; programmes:P356"),
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
        sentence="If open models from '{option}' draw users away from expensive ones as assumed, what users in the "
        "country gain {change}, from {off} to {on} at present value; pull needed for that to equal the public cost: "
        "{mu_needed}, pull assumed: {pull_ratio}.",
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
            Evidence("In 2025 the best open model was 1.7 % behind the best closed one on one ranking.",
                     "programmes:P359"),
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
        sentence="With {counterfactual_share} taken off for what could be had anyway, the index of misused releases "
        "that '{option}' adds {change}: {off} if nothing else were at hand, {on} as assumed; harm of each that would "
        "add up to the cost of the option: {break_even_harm}.",
    ),
)  # fmt: skip
