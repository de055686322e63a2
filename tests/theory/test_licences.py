"""Licences as facts: what each permits follows from its components and terms, and a table that is wrong is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms import licences
from sim.mechanisms.licences import (
    COMPONENTS,
    LICENCES,
    NEEDS,
    RESTRICTED,
    TABLE,
    USES,
    Licence,
    LicenceError,
    parsed,
    shipped,
)
from sim.scenario import ScenarioError, load
from sim.sources import resolve, rows

property_of = settings(max_examples=200, deadline=None, derandomize=True)
GALLERY = sorted((Path(__file__).parents[1] / "refused" / "licences").glob("*.txt"))
some_uses = st.frozensets(st.sampled_from(USES))
some_parts = st.frozensets(st.sampled_from(COMPONENTS))


def permits(name: str) -> set[str]:
    """Uses that a shipped licence permits."""
    return {use for use, answer in zip(USES, shipped()[name].permitted(), strict=True) if answer}


# --------------------------------------------------------------------------------------------------- what licences say


def test_every_licence_answers_every_question_once_and_each_answer_has_a_source():
    table = rows(TABLE)
    assert len(table) == len(LICENCES) * (len(COMPONENTS) + len(USES))
    assert all(resolve(f"licences:{row['id']}") for row in table)
    assert {row["licence"] for row in table} == set(LICENCES) == set(shipped())


def test_no_llama_licence_serves_700_million_users_or_prohibited_fields():
    for name in RESTRICTED[:-1]:
        assert not permits(name) & {"over_700m", "prohibited_field", "audit_data", "reproduce"}, name
        assert permits(name) >= {"run", "fine_tune", "redistribute", "government"}, name


def test_from_july_2024_others_may_be_trained_with_what_llama_writes():
    """Llama 2 and 3 forbid it; 3.1 and its successors ask for a name."""
    assert [name for name in RESTRICTED if "distil" in permits(name)] == [
        "llama_3_1", "llama_3_2", "llama_3_3", "llama_4", "openrail_m",
    ]  # fmt: skip


def test_two_llama_licences_leave_out_the_european_union():
    assert {name for name in LICENCES if "eu_multimodal" not in permits(name)} == {"llama_3_2", "llama_4"}


def test_free_weights_permit_everything_that_weights_can_do():
    assert set(USES) - permits("apache_2_0") == {"audit_data", "reproduce"}


def test_the_definition_asks_for_what_makes_an_equivalent_model_and_not_for_the_data():
    assert set(USES) - permits("osaid_1_0") == {"audit_data"}
    assert shipped()["osaid_1_0"].permitted(("data",)).all()


def test_an_interface_can_be_used_and_not_learnt_from():
    assert permits("closed_api") == {"run", "government", "eu_multimodal"}


@pytest.mark.parametrize("name", RESTRICTED)
def test_a_restricted_licence_is_never_freer_than_free_weights(name):
    assert permits(name) < permits("apache_2_0") <= permits("osaid_1_0")


# ------------------------------------------------------------------------------------------------------------ the rule


@property_of
@given(some_parts, some_uses, some_parts)
def test_more_components_never_take_a_use_away(parts, allowed, more):
    licence = Licence(parts, allowed)
    assert (licence.permitted(more) >= licence.permitted()).all()
    assert (licence.possible(more) >= licence.possible()).all()


@property_of
@given(some_parts, some_uses, some_uses)
def test_a_term_less_never_takes_a_use_away(parts, allowed, more):
    assert (Licence(parts, allowed | more).permitted() >= Licence(parts, allowed).permitted()).all()


@property_of
@given(some_parts, some_uses)
def test_a_use_is_permitted_exactly_where_its_components_are_there_and_no_term_forbids_it(parts, allowed):
    found = Licence(parts, allowed).permitted()
    expected = [float(use in allowed and set(NEEDS[use]) <= parts) for use in USES]
    np.testing.assert_array_equal(found, expected)


def test_nothing_permits_nothing():
    assert not Licence(frozenset(), frozenset(USES)).permitted().any()
    assert not Licence(frozenset(COMPONENTS), frozenset()).permitted().any()


# ------------------------------------------------------------------------------------------------------- wrong tables


def wrong(text: str) -> tuple[list[dict[str, str]], str]:
    """The shipped table with a cell changed or a row left out as a file of the gallery says, and what it must get."""
    told, row_id, column, value = (line.partition(": ")[2] for line in text.splitlines()[1:5])
    table = [dict(row) for row in rows(TABLE)]
    changed = next(row for row in table if row["id"] == row_id)
    if column == "":
        table.remove(changed)
    else:
        changed[column] = value
    return table, told


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_a_wrong_table_is_refused_in_one_sentence(path, monkeypatch):
    table, told = wrong(path.read_text(encoding="utf8"))
    with pytest.raises(LicenceError) as caught:
        parsed(table)
    assert str(caught.value) == told
    monkeypatch.setattr(licences, "rows", lambda _: table)
    shipped.cache_clear()
    with pytest.raises(ScenarioError) as refused:
        load("small_country")
    shipped.cache_clear()
    assert refused.value.faults == [f"world.openness.licence: {told}"]


def test_the_gallery_has_a_case_for_each_way_to_be_wrong():
    assert len(GALLERY) == 5
