"""Contracts that adapt one that comes with Autoclave, for what a service sends."""

import pytest

from custody.errors import UsageError
from schemas.interface import ReasonClass
from schemas.registry import built_in_contracts
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.descriptor import standing_alone

BASE = next(c for c in built_in_contracts() if c.name == "lab-results")
ADAPTED = """
name: lab-results-north
x-adapts: lab-results
encoding: cp1252
x-absent: [issued_at, text]
x-columns:
  label: {constraints: {maxLength: 30}}
  loinc: {x-class: conformance, constraints: {required: false}}
"""


def test_what_differs_is_put_into_a_whole_contract():
    """Columns that are absent go with the rules that name them; all else stays."""
    contract = parse_contract(ADAPTED, "north.yaml")
    columns = {column.name: column for column in contract.columns}

    assert "lab-results-north" == contract.name
    assert [c for c in BASE.heading if c not in ("issued_at", "text")] == list(contract.heading)
    assert ("cp1252", ";") == (contract.dialect.encoding, contract.dialect.delimiter)
    assert (30, False) == (columns["label"].most_length, columns["loinc"].required)
    assert (ReasonClass.CONFORMANCE, "loinc") == (
        columns["loinc"].reason_class,
        columns["loinc"].identifier,
    )
    assert ((), ()) == (contract.rules, contract.requirements)
    assert BASE.ranges == contract.ranges
    assert BASE.primary_key == contract.primary_key


def test_a_run_takes_the_whole_contract_along():
    """Nothing of it changes when Autoclave's own contracts do."""
    alone = standing_alone(ADAPTED, "north.yaml")

    assert "x-adapts" not in alone
    assert parse_contract(ADAPTED, "north.yaml") == parse_contract(alone, "north.yaml")
    assert "name: t" == standing_alone("name: t", "t.yaml")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        (("x-adapts: lab-results", "x-adapts: lab-result"), "no contract that comes with"),
        (("x-adapts: lab-results", "x-adapts: ../../x"), "no contract that comes with"),
        (("name: lab-results-north", "title: north"), "name is missing"),
        (("label:", "lable:"), "there is no column lable"),
        (("[issued_at, text]", "[result_id]"), "there is no column result_id"),
        (("maxLength", "maxLenght"), "did you mean maxLength"),
        (("encoding:", "x-rules: []\nencoding:"), "x-rules cannot be adapted"),
    ],
)
def test_a_mistake_is_told_with_its_place(changed, complaint):
    """A key of rows cannot be absent; a word that nothing knows is not passed over."""
    with pytest.raises(UsageError, match=complaint):
        parse_contract(ADAPTED.replace(*changed), "north.yaml")
