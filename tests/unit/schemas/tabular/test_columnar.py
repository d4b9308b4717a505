"""The judge that looks at whole columns says what one that looks at each row would say."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import csv_lines
from schemas.interface import ReasonClass, Record
from schemas.registry import built_in_contracts
from schemas.tabular import columns as columns_module
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
from schemas.tabular.shortcuts import is_by_shape
from schemas.tabular.values import Values
from tests.corpus.row_by_row import judged
from tests.corpus.tables import CONTRACT, line, table
from tests.corpus.validating import TODAY, said_by

ODD = replace(
    CONTRACT,
    name="odd",
    columns=(
        Column(name="id", pattern="[A-Z]{1,2}[0-9-]{0,4}", required=True),
        Column(name="day", type=ColumnType.DATE, format="%d/%m/%Y", future=False),
        Column(name="at", type=ColumnType.DATETIME, format="%Y-%m-%d %H:%M", future=False),
        Column(name="till", type=ColumnType.DATETIME, least_length=5),
        Column(name="n", type=ColumnType.NUMBER, decimal=",", minimum="-1", maximum="2,5"),
        Column(name="text", least_length=2, most_length=6, reason_class=ReasonClass.CONFORMANCE),
        Column(name="code", identifier="loinc"),
        Column(name="yes", type=ColumnType.BOOLEAN, required=True),
        Column(name="count", type=ColumnType.INTEGER, maximum="99"),
        Column(name="group", enum=frozenset({"a", "b", ""}), listed=ReasonClass.CONFORMANCE),
    ),
    primary_key=("id", "group"),
    missing=frozenset({"", "NA", "-"}),
    rules=(
        Rule(left="at", comparison=Comparison.BEFORE, right="till"),
        Rule(left="day", comparison=Comparison.BEFORE_OR_EQUAL, right="at"),
        Rule(left="n", comparison=Comparison.DIFFERENT, right="count"),
        Rule(left="day", comparison=Comparison.EQUAL, right="till"),
    ),
    requirements=(Requirement(column="group", values=frozenset({"a"}), required="till"),),
    ranges=(),
    chains=(Chain(group="group", start="at", end="till"),),
)
POOL = (
    "", "NA", "-", "A1", "AB-12", "é", "=1+1", " x", "01/02/2026", "31/02/2026", "2026-02-01 07:30",
    "2026-02-01 25:30", "2026-02-01T07:30:00", "2099-01-01 00:00", "2026-02-01T07:30:61",
    "1700-01-01 00:00", "1,5", "2,6", "1.5", "12", "718-7", "718-8", "oui", "maybe", "a", "b", "c",
    "abcdefg", "ab", '"a"', '"a;b"', '"', 'x"y', '"a""b"', "\t", "\x00", "\u202e", "Ã©", "\ufffd",
    "x" * 40, "\u00a0", "2026-02-01 07:3é", "\x7f", "a\rb", "\u0661",
)  # fmt: skip


def compared(contract, content):
    """What both judges say of each line."""
    ours = {}
    for item in said_by(Tabular(contract=contract), content):
        if isinstance(item, Record):
            ours[item.number] = (item.reasons, (item.offset, item.size))
    theirs = {
        number: found
        for number, found in enumerate(judged(contract, content, TODAY), 1)
        if found[0]
    }
    return ours, theirs


def fitting(contract):
    """Fields that fit each column sometimes, and lines of them that are broken at times."""
    field = st.sampled_from(POOL)
    width = len(contract.columns)
    row = st.lists(field, min_size=width, max_size=width)
    ragged = st.lists(field, min_size=0, max_size=width + 1)
    return st.lists(st.one_of(row, row, row, ragged), max_size=12)


@settings(max_examples=120, deadline=None)
@given(
    lines=fitting(ODD),
    end=st.sampled_from(["\n", "\r\n"]),
    tail=st.sampled_from(["", "A1"]),
    delimiter=st.sampled_from([";", "\t"]),
    encoding=st.sampled_from(["utf-8", "cp1252"]),
    block=st.sampled_from([64, 300, 2**21]),
)
def test_both_judges_agree(lines, end, tail, delimiter, encoding, block):
    """Whatever stands in a table, each line gets the same reasons, in order, at the same bytes."""
    contract = replace(ODD, dialect=Dialect(delimiter=delimiter, encoding=encoding))
    heading = delimiter.join(contract.heading)
    text = "".join(delimiter.join(fields) + end for fields in lines)
    content = (heading + end + text + tail).encode(encoding, "replace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_lines, "BLOCK", max(block, len(heading) + 2))
        ours, theirs = compared(contract, content)

    assert theirs == ours


@settings(max_examples=60, deadline=None)
@given(
    changes=st.lists(
        st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=3)), max_size=12
    ),
    contract=st.sampled_from(built_in_contracts()),
)
def test_both_judges_agree_on_damaged_bytes(changes, contract):
    """Bytes that are changed anywhere in a sound table make no difference between the judges."""
    if contract.name == CONTRACT.name:
        content = bytearray(table(*(line(number) for number in range(1, 40))))
    else:
        content = bytearray(";".join(contract.heading).encode() + b"\n" + b"1;2;3\n\n" * 5)
    start = content.index(b"\n") + 1
    for place, replaced in changes:
        at = start + place % (len(content) - start)
        content[at : at + len(replaced)] = replaced
    ours, theirs = compared(contract, bytes(content))

    assert theirs == ours


def test_values_that_were_forgotten_are_judged_again(monkeypatch):
    """A column of more values than are remembered is judged like any other."""
    monkeypatch.setattr(columns_module, "MOST_REMEMBERED", 20)
    monkeypatch.setattr(csv_lines, "BLOCK", 2000)
    lines = [line(n, loinc=f"{n}-{n % 10}", collected_at="2026-02-30T00:00:00") for n in range(300)]
    ours, theirs = compared(CONTRACT, table(*lines))

    assert theirs == ours
    assert 300 == len(ours)


@given(
    pattern=st.sampled_from(
        [r"[A-Za-z0-9-]{1,20}", r"\d{2}/\d{2}", r"[A-Z][a-z]*(?:[0-9]|_)?", r"[^0-9]+", r"\-.+"]
    ),
    value=st.text("AZaz09-_/é\u0661", max_size=8),
)
def test_values_of_one_shape_share_a_judgement(pattern, value):
    """Letters of one case and digits may be exchanged without a difference to such a pattern."""
    column = Column(name="id", pattern=pattern)
    assert is_by_shape(column, frozenset({""}))
    judge = Values(column, frozenset({""}), TODAY).judge
    other = value.translate(str.maketrans("AZaz09", "QBkb73"))

    assert judge(value)[1] == judge(other)[1]


@pytest.mark.parametrize("pattern", ["[A-F]+", "R[0-9]+", "[.-:]", "[A-Za-f]", r"\w+", r"(a)\1"])
def test_patterns_that_tell_letters_apart_are_not_judged_by_shape(pattern):
    """A pattern that treats one letter or digit as special needs a look at each value."""
    assert not is_by_shape(Column(name="id", pattern=pattern), frozenset({""}))


def test_a_table_in_quotation_marks_is_read_like_one_without():
    """Marks around fields make no difference, whether a line has them or not."""
    plain = [line(number) for number in range(1, 30)]
    quoted = [";".join(f'"{field}"' for field in text.split(";")) for text in plain]

    assert [] == [i for i in said_by(Tabular(contract=CONTRACT), table(*plain[:9], *quoted[9:]))
                  if isinstance(i, Record)]  # fmt: skip


@pytest.mark.parametrize("block", [30, 2**21])
@pytest.mark.parametrize("odd", ["", "\u200b"])
def test_a_key_is_the_same_beside_longer_ones(monkeypatch, block, odd):
    """Wherever it stands again: in another block, or in a line that is read by itself."""
    monkeypatch.setattr(csv_lines, "BLOCK", block)
    contract = Contract(
        name="keys", columns=(Column(name="a"), Column(name="b")), primary_key=("a",)
    )
    ours, theirs = compared(contract, f"a,b\nk,1\n{'l' * 20},2\nm,3\nk,4{odd}\n".encode())

    assert [1, 4] == sorted(ours)
    assert theirs == ours


def test_keys_longer_than_a_few_words_are_told_apart():
    """Two long keys that differ in their last letter only are two keys."""
    contract = Contract(
        name="long", columns=(Column(name="a"), Column(name="b")), primary_key=("a",)
    )
    long = "k" * 300
    ours, theirs = compared(contract, f"a,b\n{long}x,1\n{long}y,2\n{long}x,3\n".encode())

    assert [1, 3] == sorted(ours)
    assert theirs == ours
