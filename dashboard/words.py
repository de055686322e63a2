"""Every sentence of the page, and the names of parameters and units on it."""

from __future__ import annotations

from dashboard.markdown import bullets, literal
from sim.comparison.answer import percent
from sim.comparison.centre import OUTSIDE
from sim.formatting import format_percent, format_value, join_words, lower_first, plural_unit, unit_text, upper_first
from sim.labels import choice_label, parameter_label
from sim.mechanisms.sampling import Drawn
from sim.parameters import GRADES, Spec
from sim.sources import is_assumption, resolve
from sim.units import BASE_PRICE_YEAR, UNIT_WORDS

PAGE = "the page"  # who sets what a control sets

# --- parameters ---

PER_CENT_UNITS = ("fraction", "1/year")
THOUSAND, MILLION = 1_000, 1_000_000
MOST_DECIMALS = 10


def unit_words(unit: str, value: float | None = None) -> str:
    """The unit beside a label or after `value`, empty where the number explains itself.

    >>> unit_words("month"), unit_words("FE_hour", 1.0), unit_words("USD/kWh"), unit_words("fraction")
    ('months', 'FE-hour', 'USD per kWh', '')
    """
    if unit in ("fraction", "ratio"):
        return ""
    if unit == "percent":
        return "%"
    return plural_unit(unit) if unit in UNIT_WORDS and value != 1 else unit_text(unit)


def label(name: str, spec: Spec) -> str:
    """The label of a control: name and unit."""
    unit = unit_words(spec.unit) if spec.kind in ("number", "series") else ""
    text = parameter_label(name, spec)
    return f"{text} ({unit})" if unit and unit != text.lower() else text


def value_text(value: object, spec: Spec) -> str:
    """The value of a parameter in a sentence, without its unit.

    >>> value_text(0.035, Spec("1/year", 0, 1, "A", "x", "")), value_text(45e3, Spec("USD", 0, 1, "A", "x", ""))
    ('3.5 %', '45,000')
    """
    return choice_label(value, spec) if isinstance(value, str) else format_value(value, spec.unit in PER_CENT_UNITS)


def help_text(spec: Spec, default: object) -> str:
    """The help of a control: what it means, how good the evidence is, and where the number comes from."""
    parts = [literal(spec.help)]
    if spec.kind == "number":
        unit = unit_words(spec.unit)
        low, high, usual = (value_text(value, spec) for value in (spec.low, spec.high, default))
        parts.append(literal(f"Plausible: {low} to {high}{' ' + unit if unit else ''}. The model's default: {usual}."))
    else:
        parts.append(literal(f"The model's default: {value_text(default, spec)}."))
    parts.append(literal(grade_text(spec.grade)))
    if is_assumption(spec.source):
        parts.append(literal(f"No source, an {spec.source.strip()}."))
    else:
        parts.append("Sources:\n\n" + bullets(resolve(spec.source)))
    return "\n\n".join(parts)


def grade_text(grade: str) -> str:
    """The grade of the evidence in words.

    >>> grade_text("D"), grade_text("-")
    ('Evidence grade D: assumed: no evidence found.', 'A choice, not a fact.')
    """
    meaning = GRADES[grade]
    return f"Evidence grade {grade}: {meaning}." if grade != "-" else f"{upper_first(meaning)}."


def evidence(grades: list[str], assumed: list[str]) -> str:
    """The sentence on how much of the panel is assumption; `assumed` names what has grade D."""
    facts = [grade for grade in grades if grade != "-"]
    if not facts:
        return ""
    if not assumed:
        return f"Of the {len(facts)} facts on this panel none is a mere assumption (grade D)."
    verb = "is an assumption" if len(assumed) == 1 else "are assumptions"
    return (
        f"Of the {len(facts)} facts on this panel {len(assumed)} {verb} for which no evidence was found (grade D): "
        f"{', '.join(assumed)}. Move these first, and see whether the answer holds."
    )


def changed(value: object, scenario: object, spec: Spec) -> str:
    """The mark under a control that is not where the scenario has it."""
    return f"Changed from {value_text(scenario, spec)} to {value_text(value, spec)}"


def change(title: str, name: str, scenario: object, value: object, spec: Spec, known: bool) -> str:
    """The line on one control that is not where the scenario has it."""
    moved = f"{title}, {label(name, spec)}: {value_text(scenario, spec)} to {value_text(value, spec)}"
    return f"{moved}, {lower_first(TAKEN_AS_KNOWN)}" if known else moved


def count_changed(count: int) -> str:
    """The number of controls under a heading that were moved."""
    return f"{count} changed" if count else ""


def balanced(moved: str) -> str:
    """The note on how the shares were made to sum to one; `moved` is the one that the user moved."""
    return f"The shares sum to 100 %: when {moved.lower()} was moved, the others were changed in proportion."


# --- the result ---


def better(direction: str) -> str:
    """Which direction is better, empty where neither is."""
    return "" if direction == "neither" else f"{direction} is better"


def best(direction: str) -> str:
    """The heading of the option that leads."""
    return "lowest" if direction == "lower" else "highest"


def exchange(currency: str, year: int, usd: float) -> str:
    """The exchange rate between the scenario's money and that of the model."""
    return f"{currency} of {year}: {usd:.4g} US dollars of {BASE_PRICE_YEAR}"


def leader_note(share: float, ends: tuple[float, float], draws: int, in_centre: str = "") -> str:
    """The note on how often the leader leads, how sure that is, and what the central case names in its place.

    >>> leader_note(0.625, (0.49, 0.74), 64, "Cloud credits")
    'Median; first in 62 % of 64 worlds (95 % interval: 49 to 74 %). In the central case Cloud credits.'
    """
    low, high = (100 * end for end in ends)
    counted = f"first in {percent(share)} of {draws:,} worlds (95 % interval: {low:.0f} to {high:.0f} %)"
    return f"Median; {counted}." + (f" In the central case {in_centre}." if in_centre else "")


def money_line(currency: str, total: str, years: int, start: str, horizon: int, price_year: int) -> str:
    """The sentence on the money and the years of the scenario."""
    spent = "in one year" if years == 1 else f"over {years} years"
    return (
        f"{currency} {total} {spent} from {start}, evaluated over {horizon} years. "
        f"Money in {currency} of {price_year}, without later inflation."
    )


def range_note(draws: int, seed: int, pending: bool) -> str:
    """The note on what stands in the cells."""
    if not draws:
        more = "The rest is being computed." if pending else "Choose draws of the world to see ranges."
        return f"Central case only: each uncertain number at its best estimate. {more}"
    return (
        f"Upper line: the median of {draws:,} draws of the world (seed {seed}). Lower line: their 10th to 90th "
        f"percentile, where they differ. {OUTSIDE}: the central case, every number at its value of the scenario, lies "
        "outside that range. What is taken as known is the same in all draws; a number that was moved is not, unless "
        "you say so."
    )


def reproduce(
    scenario: str, seed: int, draws: int, queue: bool, estimated: bool = False, draw: Drawn = "headline"
) -> str:
    """The command that gives the same numbers; `scenario`: a file, or a name with what was changed."""
    waits = " --fidelity instant" if estimated else "" if queue else " --no-queue"
    varied = f" --draw {draw}" if draw != "headline" else ""
    return f"heavypress compare {scenario} --seed {seed} --draws {draws}{varied}{waits}"


def estimate(spread: str) -> str:
    """The line below an estimate."""
    return f"estimate, {spread}"


def computing(share: float, draws: int, queue: bool) -> str:
    """The text of the progress bar."""
    what = join_words([f"{draws} draws"] * bool(draws) + ["the queue"] * queue)
    return f"Computing {what}: {format_percent(share, '.0f')}. Below is the central case of the settings as they stand."


def draws_text(draws: int) -> str:
    """A choice of the number of draws."""
    return str(draws) if draws else "none"


def changes(count: int) -> str:
    """The heading of what differs from the scenario."""
    return f"{count} {'number differs' if count == 1 else 'numbers differ'} from the scenario:"


def failed(kind: str) -> str:
    """The message on a run that ended without a result."""
    return f"The run ended without a result ({kind}). The figures below are the central case, {WAITS_ARE}."


# --- the arguments ---


def argue(name: str, argument: str) -> str:
    """The command that evaluates one argument in the draws of the world."""
    return f"heavypress argue {name}.toml --only {argument}"


def grade_of_argument(grade: str) -> str:
    """The sentence on how good the evidence is on which the switch rests.

    >>> grade_of_argument("D")
    'The weakest number that this rests on: evidence grade D: assumed: no evidence found.'
    """
    return f"The weakest number that this rests on: {lower_first(grade_text(grade))}"


# --- fixed texts ---

TITLE = "Heavy Press"
SUBTITLE = "What should public money for AI compute buy?"
SCENARIO = "Scenario"
OWN_FILE = "Open a scenario file"
OWN_FILE_HELP = "A TOML file that `heavypress check` accepts. It is kept for as long as this page is open."
OWN = "my file"
NOT_ACCEPTED = "{name} was not accepted. Nothing on the page has changed. What is wrong with the file:"
BROKEN_SETTINGS = "With these settings the scenario cannot be run. What is wrong:"
UNREADABLE_SCENARIO = "This scenario cannot be run. What is wrong:"
DISMISS = "Dismiss"
POLICY = "What the policy maker chooses"
WORLD = "How the world is"
WORLD_HELP = (
    "Open a group to change it. A value that you set is the middle of what is drawn, and stays as uncertain as it was, "
    "unless you take it as known."
)
KNOWN = "Take as known"
KNOWN_HELP = (
    "The same in every draw of the world. Otherwise draws spread round the value as they did round the old one."
)
TAKEN_AS_KNOWN = "Taken as known"
IN_THE_CENTRE = "in the central case"
BUDGET = "Budget (million {currency} of {year})"
BUDGET_HELP = "All years together; a change scales every year alike."
BUDGET_CHANGED = "Changed from {value:,g}"
RESET = "Reset"
RESET_ALL = "Reset everything to the scenario"
EFFORT = "How much to compute"
DRAWS = "Draws of the world"
DRAWS_HELP = (
    "Each draw moves the uncertain numbers: nine times in ten within their plausible ranges. Shown are the medians of "
    "the draws. With more of them the answer is surer, the ranges are steadier, and the run takes longer."
)
DRAW_ALL = "Vary every uncertain number"
DRAW_ALL_HELP = "Otherwise draws vary those that move an outcome of the headline; the notes say how many."
QUEUE = "Simulate the queue"
QUEUE_HELP = "Job by job, for options with a public machine. Without it the waits stay empty."
SEED = "Seed"
SEED_HELP = "The same seed gives the same draws and the same jobs."
OUTCOMES = "The options compared"
DIFFERENCES = "Difference from doing nothing"
DIFFERENCES_NOTE = (
    "Each option less doing nothing, draw by draw. Outcomes that doing nothing does not have, such as the cost of an "
    "hour that nobody bought, have no difference and are left out."
)
OUTCOME = "Outcome"
SECTION = "Outcomes shown"
BRIEF = "What decides"
HEADLINE = "Headline"
SECTION_HELP = (
    "What decides, the whole headline, or every outcome of one part. A dash means that the option or the settings have "
    "none."
)
FORMULAS = "How these are computed"
PENDING_CELL = ":small[computing]"
POINTS = "percentage points"
NOT_STATED = "The scenario does not state it."
LARGEST_FILE = "At most {kilobytes:g} kB."
TOO_LARGE = "is {kilobytes:,.0f} kB large, too much for a scenario"
CHARTS = "Charts"
CHART = "Chart"
CHART_TEXT = "The chart in words and numbers"
CHART_NUMBERS = "The numbers of the chart"
OUTCOMES_CSV = "Outcomes (CSV)"
YEARS_CSV = "Years (CSV)"
DRAWS_PARQUET = "Every draw (Parquet)"
JSON = "Document (JSON)"
SCENARIO_FILE = "Scenario as it stands (TOML)"
NOTES = "Notes"
UNITS = "What the units mean, and how each outcome is computed"
LEFT_OUT = "What the scenario covers, and what it leaves out"
COVERED = "**Covered**"
NOT_COVERED = "**Left out**"
CITED = "**Sources of the scenario**"
DOWNLOADS = "Downloads"
RECORD = "Run `{run}` · seed {seed} · {draws} draws · heavypress {version}"
RECORD_NO_QUEUE = " · waits not simulated"
RECORD_ESTIMATED = " · waits estimated, not simulated"
ESTIMATES_NOTE = (
    "~ is an estimate with its band, read from a table of machines: no queue was simulated. Simulated waits take its "
    "place as they become known."
)
SAME_NUMBERS = "The same numbers on the command line:"
SAME_NUMBERS_OF_FILE = "The same numbers on the command line, from the scenario file:"
NOT_YET = (
    "These files hold what the page shows: the central case. Wait for the run, and they will hold its draws and waits."
)
CANCEL = "Cancel"
WAITS_ARE = "with waits as far as they are known"
CANCELLED = f"The run was cancelled: the figures below are the central case, {WAITS_ARE}."
START_AGAIN = "Run it"
QUEUED = "Waiting for a free worker: this machine runs {most} at a time."
DRAWING_FAILED = "This chart could not be drawn ({kind})."
DEBATE = "The arguments of the debate"
DEBATE_HELP = (
    "Each argument is a switch of the model: the scenario as it stands on this page, with the switch off and on, in "
    "the central case. The command below gives the range over draws."
)
ARGUMENT = "Argument"
CHOOSE_ARGUMENT = "Choose an argument"
CLAIM = "The claim"
COUNTER = "The counter-claim"
EVALUATING = "Computing the answer"
READINGS = "What the switch changes"
CHANGE = "Change"
OFF = "Off"
ON = "On"
EVIDENCE = "Evidence"
FOR = "For"
AGAINST = "Against"
SOURCE = "Source:"
SWITCH = "The switch"
ARGUE_COMMAND = "The same with ranges, from the scenario file on the command line:"
