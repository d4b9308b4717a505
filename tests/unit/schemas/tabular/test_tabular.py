import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import csv_lines
from schemas.interface import NotValidated, ReasonClass, Record, Run
from schemas.tabular import keys as keys_module
from schemas.tabular.contract import (
    Chain,
    Column,
    ColumnType,
    Comparison,
    Contract,
    Dialect,
    Requirement,
    Rule,
)
from schemas.tabular.schema import Tabular
from tests.corpus.tables import CONTRACT, HEADING, line, rows, table
from tests.corpus.validating import codes, report_of, said_by, spans

LAB = Tabular(contract=CONTRACT)


def told(content, schema=LAB):
    """The codes that are said of some bytes."""
    return codes(said_by(schema, content))


def refused(content, schema=LAB):
    """The numbers of the refused records."""
    said = said_by(schema, content)
    return [i.number for i in said if isinstance(i, Record) and i.fate.value == "refused"]


def test_sound_rows_are_one_run():
    """Rows that nothing is said against are told as runs, and counted one by one."""
    content = table(*rows(50))
    report = report_of(content)

    assert [] == told(content)
    assert (50, 50, 0, 0) == (
        report.counts.read,
        report.counts.accepted,
        report.counts.refused,
        report.counts.flagged,
    )
    assert report.is_whole


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"loinc": "718-8"}, "ID-002"),
        ({"loinc": "5895-7"}, None),
        ({"rpps": "01234567896"}, "ID-002"),
        ({"rpps": "00000000000"}, "ID-003"),
        ({"label": "=HYPERLINK(1)"}, "TAB-005"),
        ({"label": "+cmd|' /C calc'!A0"}, "TAB-005"),
        ({"label": "@SUM(A1)"}, "TAB-005"),
        ({"label": "  =1+1"}, "TAB-005"),
        ({"label": "\uff1d1+1"}, "TAB-005"),
        ({"label": "\t=1"}, "TAB-005"),
        ({"label": "-"}, None),
        ({"label": "++"}, None),
        ({"value": "-1,5", "unit": "mmol/L", "loinc": "2823-3"}, "TAB-008"),
        ({"value": "-1,5", "unit": "mV"}, None),
        ({"value": "13.2"}, "TAB-007"),
        ({"value": "13,2x"}, "TAB-007"),
        ({"value": "13200,0"}, "TAB-008"),
        ({"value": "13,2", "unit": "g/L"}, None),
        ({"value": ""}, None),
        ({"unit": "UI/L"}, "ID-005"),
        ({"unit": "zorg"}, "ID-001"),
        ({"status": "Q"}, "TAB-019"),
        ({"collected_at": "2026-02-29T07:30:00"}, "GEN-008"),
        ({"collected_at": "2026-02-28 07:30"}, "TAB-007"),
        ({"collected_at": "2026-03-20T07:30:00", "issued_at": ""}, "GEN-009"),
        ({"collected_at": "1649-01-01T07:30:00"}, "GEN-009"),
        ({"collected_at": ""}, "TAB-006"),
        ({"issued_at": "2026-01-01T07:30:00"}, "TAB-014"),
        ({"issued_at": ""}, "TAB-006"),
        ({"ipp": "P;1"}, "TAB-002"),
        ({"ipp": "P 1"}, "TAB-010"),
        ({"label": "x" * 300}, "TAB-011"),
        ({"label": 'a"b'}, None),
        ({"label": '"a;b"'}, None),
        ({"label": '"a;b'}, "TAB-003"),
        ({"label": "a\x00b"}, "GEN-004"),
        ({"label": "a\u202eb"}, "GEN-005"),
        ({"label": "a\ufffdb"}, "GEN-006"),
        ({"label": "HÃ©mo"}, "GEN-007"),
    ],
)
def test_each_fault_has_its_reason(changed, code):
    """One changed value is told by its own reason, and sound variants by none."""
    said = told(table(line(1), line(2, **changed), line(3)))

    assert code in said if code else [] == said


def test_the_attack_is_told_where_it_stands():
    """A reason names the column and shows the shape of the value, never the value."""
    said = said_by(LAB, table(line(1, label="=DURAND(1)")))
    reason = next(item for item in said if isinstance(item, Record)).reasons[0]

    assert "column label" == reason.where
    assert "=AAAAAA(9)" == reason.redacted_value


def test_units_outside_of_ucum_only_flag():
    """The contract calls its unit column conformance: an odd unit costs nobody a result."""
    report = report_of(table(line(1, unit="zorg"), line(2)))

    assert (2, 0, 1) == (report.counts.accepted, report.counts.refused, report.counts.flagged)


@pytest.mark.parametrize(
    "heading",
    [
        HEADING + ";extra",
        ";".join(reversed(HEADING.split(";"))),
        HEADING.replace("ipp;visit", "visit;ipp"),
        HEADING.replace("visit", "ipp"),
    ],
)
def test_another_heading_is_another_table(heading):
    """A column more, a swap or a name twice: nothing below may be read as if it were not so."""
    said = said_by(LAB, table(line(1), heading=heading))

    assert ["TAB-001"] == codes(said)
    assert isinstance(said[-1], NotValidated)
    assert not any(isinstance(item, Record | Run) for item in said)


def test_a_heading_alone_is_no_extract():
    """A table without a row is a failure, never an empty success."""
    report = report_of(table())

    assert not report.is_whole
    assert ["GEN-002"] == [group.code for group in report.groups]


def test_the_same_key_with_other_content_refuses_both():
    """Nobody can say which of two rows with one key is true; copies of one row are flagged."""
    assert [1, 3] == refused(table(line(1), line(2), line(1, value="9,9")))
    assert ["TAB-012"] == told(table(line(1), line(2), line(1, value="9,9")))
    assert ["TAB-013"] == told(table(line(1), line(2), line(1)))


def test_keys_are_compared_across_blocks(monkeypatch):
    """A contradiction is found however far apart its rows stand."""
    monkeypatch.setattr(csv_lines, "BLOCK", 600)
    content = table(*rows(200), line(1, value="9,9"))

    assert [1, 201] == refused(content)


def test_too_many_keys_are_said(monkeypatch):
    """Where memory ends the proof of different keys, the report says so."""
    monkeypatch.setattr(csv_lines, "BLOCK", 600)
    monkeypatch.setattr(keys_module, "MOST_KEYS", 10)

    assert ["TAB-022"] == told(table(*rows(200)))


def test_a_cut_last_line_is_refused():
    """Without its line end nobody knows whether the last row is whole."""
    content = table(*rows(3))[:-1]

    assert [3] == refused(content)
    assert ["TAB-004"] == told(content)
    assert [3] == refused(table(*rows(3))[:-20])


def test_a_contract_may_expect_no_last_line_end():
    """Exports that never end their last line are whole when the contract says so."""
    dialect = replace(CONTRACT.dialect, final_line_end=False)
    schema = Tabular(contract=replace(CONTRACT, dialect=dialect))

    assert [] == told(table(*rows(3))[:-1], schema)


def test_blank_lines_are_flagged():
    """An empty line holds nothing that could be lost."""
    content = table(line(1), "", line(2))

    assert ["TAB-017"] == told(content)
    assert [] == refused(content)


def test_a_mark_before_the_heading_is_told():
    """A byte order mark is read over, and told."""
    assert ["TAB-020"] == told(b"\xef\xbb\xbf" + table(line(1)))


def test_carriage_returns_belong_to_line_ends():
    """Rows end as the spreadsheet wrote them."""
    assert [] == told(table(*rows(3), end="\r\n"))


def test_the_declared_encoding_is_the_only_one():
    """cp1252 is right when it is declared, and garbled when UTF-8 is."""
    schema = Tabular(contract=replace(CONTRACT, dialect=Dialect(delimiter=";", encoding="cp1252")))
    content = table(line(1), encoding="cp1252")

    assert [] == told(content, schema)
    assert ["GEN-003"] == told(content)


def test_neighbours_of_garbled_bytes_are_not_trusted():
    """The lines before and after random bytes may be cut, and are refused with them."""
    lines = table(*rows(9)).split(b"\n")
    lines[5] = b"\xff\xfe\x00" + lines[5][10:]

    assert [4, 5, 6] == refused(b"\n".join(lines))


def test_a_garbled_heading_does_not_hide_the_rows():
    """With a declared contract the rows below an unreadable heading are still judged."""
    content = b"\x8f\x13\xff" * 9 + b"\n" + b"\n".join(table(*rows(5)).split(b"\n")[1:])
    report = report_of(content, declared="lab-results")

    assert 5 == report.counts.accepted
    assert not report.is_whole


@pytest.mark.parametrize("window", [4096, 16_384])
def test_rows_around_a_random_window_are_recovered(window):
    """Random bytes cost the rows under them and their neighbours; no altered row gets in."""
    good = rows(2000)
    content = bytearray(table(*good))
    start = len(content) // 3
    content[start : start + window] = random.Random(window).randbytes(window)
    accepted = accepted_lines(bytes(content))

    assert accepted <= set(good)
    assert len(accepted) >= len(good) - window // len(good[0]) - 6


@pytest.mark.parametrize("seed", range(5))
def test_no_altered_row_is_accepted(seed):
    """Bytes that are dropped, repeated or zeroed anywhere never give a row that was not there."""
    random_ = random.Random(seed)
    good = rows(300)
    content = table(*good)
    start = random_.randrange(len(HEADING) + 1, len(content) - 500)
    size = random_.randrange(1, 400)
    for spoiled in (
        content[:start] + bytes(size) + content[start + size :],
        content[:start],
    ):
        assert accepted_lines(spoiled) <= set(good)


def accepted_lines(content):
    """The lines that are accepted without a reason."""
    said = said_by(LAB, content)
    return {
        text
        for item in said
        if isinstance(item, Run)
        for text in content[item.offset : item.offset + item.size].decode().splitlines()
    }


def test_records_cover_the_rows_byte_for_byte():
    """The spans follow each other from the heading to the end of the file."""
    content = table(line(1), line(2, loinc="718-8"), "", *rows(9)[3:], end="\r\n")
    found = spans(said_by(LAB, content))

    assert len(HEADING) + 2 == found[0][0]
    assert all(end == start for (_, end), (start, _) in pairwise(found))
    assert len(content) == found[-1][1]


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.integers(0, 2000))
def test_no_bytes_break_the_reader(noise, place):
    """Whatever stands anywhere in a table, every line gets its answer and the spans stay exact."""
    content = bytearray(table(*rows(12)))
    content[place:place] = noise
    said = said_by(LAB, bytes(content))
    found = spans(said)

    assert all(end == start for (_, end), (start, _) in pairwise(found))
    assert not found or found[-1][1] == len(content)


def test_movements_that_overlap_are_flagged():
    """Two movements of one stay at the same time are told, and stay in."""
    column = lambda name: Column(name=name, type=ColumnType.DATE, format="%Y-%m-%d")  # noqa: E731
    contract = Contract(
        name="movements",
        columns=(Column(name="stay"), column("start"), column("end")),
        chains=(Chain(group="stay", start="start", end="end"),),
    )
    schema = Tabular(contract=contract)
    head = b"stay,start,end\n"

    assert [] == told(head + b"1,2026-01-01,2026-01-03\n1,2026-01-03,\n2,2026-01-01,\n", schema)
    assert ["TAB-016"] == told(head + b"1,2026-01-01,2026-01-03\n1,2026-01-02,2026-01-04\n", schema)
    assert ["TAB-016"] == told(head + b"1,2026-01-01,\n1,2026-01-02,\n", schema)


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        (
            Column(name="c", type=ColumnType.INTEGER),
            ["1", "-5", "+7"],
            ["1.0", "x", "1e3", "\uff11"],
        ),
        (Column(name="c", type=ColumnType.NUMBER), ["1", "-.5", "1e-3"], ["1,5", "NaN", "inf"]),
        (Column(name="c", type=ColumnType.BOOLEAN), ["true", "0"], ["2", "vrai?"]),
        (Column(name="c", type=ColumnType.YEAR), ["2026"], ["26"]),
        (Column(name="c", type=ColumnType.TIME), ["23:59:59"], ["24:00:00", "1:2:3"]),
        (Column(name="c", type=ColumnType.DATE), ["2024-02-29"], ["2023-02-29", "2024/02/29"]),
        (Column(name="c", type=ColumnType.DATE, format="%d/%m/%Y"), ["29/02/2024"], ["2/3/2024"]),
        (Column(name="c", minimum="", enum=frozenset({"a"})), ["a"], ["b"]),
        (
            Column(name="c", type=ColumnType.NUMBER, minimum="0", maximum="5"),
            ["0", "5"],
            ["5.1", "-1"],
        ),
        (
            Column(name="c", type=ColumnType.DATE, minimum="2020-01-01"),
            ["2020-01-01"],
            ["2019-12-31"],
        ),
        (Column(name="c", formula=True), ["=1"], []),
    ],
)
def test_values_are_of_their_column_s_type(column, good, bad):
    """Each type takes its own values and no others; nothing is coerced."""
    schema = Tabular(contract=Contract(name="one", columns=(column, Column(name="d"))))
    for value in good:
        assert [] == told(f"c,d\n{value},x\n".encode(), schema)
    for value in bad:
        assert [1] == refused(f"c,d\n{value},x\n".encode(), schema)


def test_a_column_of_a_pattern_may_be_compared():
    """A column that its pattern alone describes is still known where a rule needs its value."""
    columns = (Column(name="c", pattern="[a-z]+"), Column(name="d", pattern="[a-z]+"))
    rule = Rule(left="c", comparison=Comparison.DIFFERENT, right="d")
    need = Requirement(column="c", values=frozenset({"b"}), required="d")
    contract = Contract(name="one", columns=columns, rules=(rule,), requirements=(need,))
    schema = Tabular(contract=contract)

    assert [1] == refused(b"c,d\na,a\na,b\n", schema)


def test_a_class_of_one_s_own_counts_for_the_whole_column():
    """A data owner may call everything in a column a habit."""
    column = Column(name="c", type=ColumnType.INTEGER, reason_class=ReasonClass.CONFORMANCE)
    schema = Tabular(contract=Contract(name="one", columns=(column, Column(name="d"))))

    assert [] == refused(b"c,d\nx,x\n", schema)
    assert ["TAB-007"] == told(b"c,d\nx,x\n", schema)


def test_a_unique_column_is_a_key_of_its_own():
    """A column that must be unique refuses both rows that share its value."""
    schema = Tabular(
        contract=Contract(name="one", columns=(Column(name="c", unique=True), Column(name="d")))
    )

    assert [1, 3] == refused(b"c,d\n1,x\n2,x\n1,y\n", schema)
