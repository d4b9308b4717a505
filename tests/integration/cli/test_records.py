"""`autoclave records` and `recover --contract`, as a data owner and an engineer call them."""

import pytest

from tests.corpus import extracts
from tests.corpus.messages import admission, written

MIXED = extracts.table()
BAD = written(admission(at="20260231073000"))


@pytest.fixture
def laboratory(tmp_path):
    """A share with a mixed table, a bad message and a letter."""
    root = tmp_path / "laboratory"
    root.mkdir()
    (root / "results.csv").write_bytes(MIXED.content)
    (root / "bad.hl7").write_bytes(BAD)
    (root / "letter.txt").write_text("Rendez-vous le lundi.\n")
    return root


@pytest.fixture
def recovered_records(commands, laboratory):
    """The command line over a home that recovered the share."""
    place = ("--host", "labo", "--service", "biologie", "--site", "nord")
    ended = commands("recover", laboratory, *place, "--json")
    assert 3 == ended.code, ended.err
    return commands


def test_the_report_has_a_line_for_each_schema(recovered_records):
    """Counts that add up, and the codes with what they mean."""
    ended = recovered_records("records", "--json")
    lines = {line["schema"]: line for line in ended.lines}

    assert 3 == ended.code
    assert {"hl7v2", "lab-results"} == set(lines)
    table = lines["lab-results"]
    assert (40, 37, 3) == (table["read"], table["accepted"], table["refused"])
    assert ("nord", "labo", "biologie") == (table["site"], table["host"], table["service"])
    assert {
        "code": "GEN-008",
        "class": "integrity",
        "files": 1,
        "records": 3,
        "message": "a date or time that does not exist",
        "decision": None,
    } in table["reasons"]


def test_the_report_can_be_narrowed(recovered_records):
    """By schema, host and service; what is whole alone ends with 0."""
    one = recovered_records("records", "--schema", "hl7v2", "--json")
    none = recovered_records("records", "--service", "radiologie")

    assert ["hl7v2"] == [line["schema"] for line in one.lines]
    assert (0, "") == (none.code, none.out)
    assert "no records were found" in none.err


def test_people_read_the_sums(recovered_records):
    """One line a schema, the sums below, then the reasons."""
    ended = recovered_records("records")

    assert "lab-results  labo, biologie: 1 file" in ended.out
    assert "read 40 = accepted 37 + refused 3" in ended.out
    assert "GEN-008 (integrity): 3 records, 1 file: a date or time that does not exist" in ended.out


def test_refused_records_are_listed_by_path_and_by_digest(recovered_records):
    """Both ways lead to the same records, with shapes instead of values."""
    by_path = recovered_records("records", "refused", "results.csv", "--json")
    digest = by_path.lines[0]["extract"]
    by_digest = recovered_records("records", "refused", digest, "--json")

    assert (3, 3) == (by_path.code, by_digest.code)
    assert by_path.lines == by_digest.lines
    assert [3, 4, 17] == [line["record"] for line in by_path.lines]
    assert {"9999-99-99A99:99:99"} == {
        r["value"] for line in by_path.lines for r in line["reasons"]
    }
    assert "2026-02-31" not in by_path.out


def test_people_read_where_refused_records_stand(recovered_records):
    """A table, and the digests of both parts."""
    ended = recovered_records("records", "refused", "results.csv")

    assert "GEN-008" in ended.out
    assert "accepted records: " in ended.out
    assert "refused records: " in ended.out


def test_a_file_without_refused_records_says_so(recovered_records):
    """A letter has none; the next step is named."""
    ended = recovered_records("records", "refused", "letter.txt")

    assert 2 == ended.code
    assert "no record of it is refused" in ended.err


def test_list_and_show_tell_of_records(recovered_records):
    """The finding, in counts and codes, stands where all findings do."""
    found = {e["path"]: e for e in recovered_records("list", "--json").lines}
    shown = recovered_records("show", "bad.hl7")

    rules = {f["rule"]: f["where"] for f in found["bad.hl7"]["findings"]}
    assert "1 of 1 records: GEN-008 (1)" == rules["invalid-record"]
    assert found["results.csv"]["superseded_by"]
    assert "invalid-record" in shown.out


def test_inspect_judges_records_as_recover_does(commands, laboratory):
    """The one-off verdict is the one that a recovery comes to."""
    ended = commands("inspect", laboratory / "bad.hl7", laboratory / "letter.txt", "--json")

    assert ["indeterminate", "clean"] == [line["verdict"] for line in ended.lines]


def test_a_contract_is_declared_for_paths(commands, laboratory, tmp_path):
    """What no built-in contract knows is validated by the operator's own."""
    (laboratory / "amounts.txt").write_bytes(b"code;amount\nA;1\nB;two\n")
    contract = tmp_path / "amounts.yaml"
    contract.write_text(
        'name: amounts\ndialect: {delimiter: ";"}\nschema:\n  fields:\n'
        "    - {name: code, type: string}\n    - {name: amount, type: integer}\n"
    )
    ended = commands("recover", laboratory, "--contract", f"amounts.*={contract}", "--json")

    assert {"read": 2, "accepted": 1, "refused": 1, "flagged": 0} == ended.json["records"][
        "amounts"
    ]


@pytest.mark.parametrize("given", ["amounts.yaml", "*.csv=missing.yaml"])
def test_a_contract_that_cannot_be_used_is_exit_2(commands, laboratory, given):
    """Nothing is taken before it is clear by what it will be judged."""
    ended = commands("recover", laboratory, "--contract", given)

    assert 2 == ended.code
    assert given.rpartition("=")[2] in ended.err


def test_the_report_is_written_as_a_table(recovered_records, tmp_path):
    """A new file that begins and ends as Parquet does; one that is there is left alone."""
    path = tmp_path / "records.parquet"

    assert 3 == recovered_records("records", "--parquet", path, "--json").code
    content = path.read_bytes()
    assert (b"PAR1", b"PAR1", True) == (content[:4], content[-4:], b"lab-results" in content)
    assert 6 == recovered_records("records", "--parquet", path).code
    assert content == path.read_bytes()
