import json

import pytest

from formats.faults import MalformedError
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.drafting import draft
from schemas.tabular.schema import Tabular
from tests.corpus.tables import rows, table
from tests.corpus.validating import said_by


def drafted(content):
    """The draft's fields by their names."""
    return {f["name"]: f for f in draft(memoryview(content))["schema"]["fields"]}


def test_a_draft_fits_the_table_that_it_was_drafted_from():
    """The draft is a valid contract, and nothing is refused by it in its own table."""
    content = table(*rows(200))
    descriptor = draft(memoryview(content))
    contract = parse_contract(json.dumps(descriptor), "draft.json")
    said = said_by(Tabular(contract=contract), content)

    assert ("result_id",) == contract.primary_key
    assert 200 == sum(item.count for item in said)


def test_types_and_formats_are_recognised():
    """Dates, numbers with a comma and identifiers are told apart from text."""
    lines = [f"{n};{n % 28 + 1:02d}/02/2026;{n},5;718-7" for n in range(1, 40)]
    found = drafted(table(*lines, heading="n;jour;valeur;code"))

    assert "integer" == found["n"]["type"]
    assert ("date", "%d/%m/%Y") == (found["jour"]["type"], found["jour"]["format"])
    assert ("number", ",") == (found["valeur"]["type"], found["valeur"]["decimalChar"])
    assert ["718-7"] == found["code"]["constraints"]["enum"]


def test_identifiers_are_recognised_by_their_keys():
    """A column whose values nearly all have the key of one kind is of that kind."""
    codes = ["718-7", "2345-7", "2823-3", "2160-0", "777-3", "2951-2"]
    found = drafted(table(*(f"{n};{codes[n % 6]}" for n in range(60)), heading="n;code"))

    assert "loinc" == found["code"]["x-identifier"]


def test_rare_values_are_in_no_draft():
    """A value that stands seldom could name a patient, and is never listed."""
    lines = [f"{n};{'A' if n else 'DURAND'}" for n in range(50)]

    assert "DURAND" not in json.dumps(drafted(table(*lines, heading="n;kind")))


def test_latin_tables_are_called_cp1252():
    """A table that is no UTF-8 gets the encoding that French exports have."""
    content = table("1;é", "2;à", heading="n;texte", encoding="latin-1")

    assert "cp1252" == draft(memoryview(content))["encoding"]


@pytest.mark.parametrize(
    "content", [b"", b"abc\n1\n", b"a;a\n1;2\n", b"a;b\n", b"a;b\n1\n", b";\n1;2\n"]
)
def test_what_is_no_table_gets_no_draft(content):
    """Without a heading of distinct names and a row that fits it there is nothing to draft."""
    with pytest.raises(MalformedError):
        draft(memoryview(content))
