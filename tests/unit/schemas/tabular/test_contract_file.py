import json

import pytest

from custody.errors import UsageError
from schemas.registry import built_in_contracts
from schemas.tabular.contract import ColumnType
from schemas.tabular.contract_file import parse_contract, read_contract
from tests.corpus.tables import CONTRACT

GOOD = {
    "name": "labo",
    "dialect": {"delimiter": ";"},
    "encoding": "cp1252",
    "schema": {
        "fields": [
            {"name": "id", "type": "string", "constraints": {"required": True, "unique": True}},
            {"name": "n", "type": "integer", "constraints": {"minimum": 1, "enum": [1, 2]}},
        ],
        "primaryKey": "id",
        "missingValues": ["", "NA"],
    },
}


def parsed(**changed):
    """The contract of a changed descriptor."""
    return parse_contract(json.dumps({**GOOD, **changed}), "labo.json")


def test_json_and_yaml_say_the_same():
    """A contract may be written in either, and its scalars mean what they look like."""
    text = "name: x\nfields:\n- {name: sex, constraints: {enum: [M, F, N, 012]}}\n- {name: b}\n"
    contract = parse_contract(text, "x.yaml")

    assert frozenset({"M", "F", "N", "012"}) == contract.columns[0].enum
    assert "cp1252" == parsed().dialect.encoding
    assert ("id",) == parsed().primary_key
    assert frozenset({"", "NA"}) == parsed().missing
    assert (True, True) == (parsed().columns[0].required, parsed().columns[0].unique)
    assert ColumnType.INTEGER is parsed().columns[1].type


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [", "neither YAML nor JSON"),
        ("[]", "no mapping"),
        ("name: x", "columns are missing"),
        ("fields: 5", "no list"),
        ("fields: [{type: string}]", "name is missing"),
        ("fields: [{name: a}, {name: a}]", "same name"),
        ("feilds: []", "did you mean fields"),
        ("fields: [{name: a, type: money}]", "money is none of string"),
        ("fields: [{name: a, x-identifier: ssn}]", "no identifier is called ssn"),
        ("fields: [{name: a, decimalChar: x}]", "neither a point nor a comma"),
        ("fields: [{name: a, constraints: {pattern: '('}}]", "does not compile"),
        ("fields: [{name: a, constraints: {minLength: x}}]", "no number"),
        ("fields: [{name: a, constraints: {color: 1}}]", "color is not known"),
        ("fields: [{name: a, x-class: worst}]", "worst is none of integrity"),
        ("encoding: ebcdic\nfields: [{name: a}]", "none of those that we read"),
        ("dialect: {delimiter: ';;'}\nfields: [{name: a}]", "one character each"),
        ("primaryKey: [b]\nfields: [{name: a}]", "no column b"),
        ("x-rules: [{left: a, is: '~', right: a}]\nfields: [{name: a}]", "~ is none of"),
        (
            "x-ranges: [{code: a, unit: a, value: a, bounds: [[1]]}]\nfields: [{name: a}]",
            "a bound is",
        ),
        ("x-chains: [{group: a, start: a, end: z}]\nfields: [{name: a}]", "no column z"),
        ("fields: [{name: a, type: date, format: '%B'}]", "format"),
    ],
)
def test_each_error_is_explained_at_its_place(text, told):
    """Whoever writes a contract is told what is wrong, where, and what was meant."""
    with pytest.raises(UsageError, match=told):
        parse_contract(text, "x.yaml")


def test_deep_nesting_is_an_error_of_ours(tmp_path):
    """A file made to exhaust the stack is a bad contract, not a crash."""
    with pytest.raises(UsageError):
        parse_contract("[" * 5000, "x.json")


def test_a_file_that_is_absent_or_no_text_is_named(tmp_path):
    """A contract that cannot be read ends in a clear error."""
    (tmp_path / "x.yaml").write_bytes(b"\xff\xfe")
    for name in ("x.yaml", "absent.yaml"):
        with pytest.raises(UsageError, match=name):
            read_contract(tmp_path / name)


def test_our_contracts_document_every_column():
    """Each contract that comes with Autoclave has a key, and says for each column what it is."""
    from schemas.registry import CONTRACTS

    assert 7 == len(built_in_contracts())
    for path in CONTRACTS.glob("*.yaml"):
        text = path.read_text()
        contract = read_contract(path)
        assert contract.primary_key, path.name
        assert text.count("\n      description: ") == len(contract.columns), path.name
        assert contract.name == path.stem


def test_places_are_the_order_of_the_columns():
    """A column's place is where its name stands in the heading."""
    assert 3 == CONTRACT.place("loinc")
