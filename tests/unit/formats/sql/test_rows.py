import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.sql.dialects import Dialect, dialect_of, has_ending
from formats.sql.rows import copied, tuples
from formats.sql.statements import CopyData, Statement, walk

PG, MY = Dialect.POSTGRESQL, Dialect.MYSQL
_VALUES = st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0")))


def _copy_field(value: str | None) -> bytes:
    """Write a value as COPY does (PostgreSQL, COPY, text format)."""
    if value is None:
        return b"\\N"
    escaped = value.replace("\\", "\\\\")
    for sign, code in (("\n", "n"), ("\r", "r"), ("\t", "t"), ("\v", "v"), ("\b", "b")):
        escaped = escaped.replace(sign, f"\\{code}")
    return escaped.replace("\f", "\\f").encode()


def _quoted(value: str | None) -> bytes:
    """Write a value as mysqldump does."""
    if value is None:
        return b"NULL"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace('"', '\\"')
    return b"'" + escaped.replace("\n", "\\n").replace("\x1a", "\\Z").encode() + b"'"


@given(st.lists(st.tuples(_VALUES, _VALUES), max_size=6))
def test_every_row_below_copy_comes_back(rows: list[tuple[str | None, str | None]]) -> None:
    """What COPY escapes is read back, and lines cover the block byte for byte."""
    lines = b"".join(b"\t".join(map(_copy_field, row)) + b"\n" for row in rows)
    content = b"COPY t (a, b) FROM stdin;\n" + lines + b"\\.\n\nSET x = 1;"
    items = list(walk(content, PG))
    (block,) = [item for item in items if isinstance(item, CopyData)]
    found = list(copied(content, block.start, block.end))
    assert [row.values for row in found] == [
        tuple(None if v is None else v.encode() for v in row) for row in rows
    ]
    assert b"".join(content[r.offset : r.offset + r.size] for r in found) == lines
    assert isinstance(items[-1], Statement)


@given(st.lists(st.tuples(_VALUES, _VALUES), min_size=1, max_size=6))
def test_every_tuple_of_mysql_comes_back(rows: list[tuple[str | None, str | None]]) -> None:
    """What mysqldump escapes is read back, in order."""
    written = b",".join(b"(" + b",".join(map(_quoted, row)) + b")" for row in rows)
    content = b"INSERT INTO `t` VALUES " + written + b";\nUNLOCK TABLES;"
    first, last = walk(content, MY)
    assert isinstance(first, Statement)
    assert isinstance(last, Statement)
    assert first.rows is not None
    found = [row.values for row in tuples(content, *first.rows, MY)]
    assert found == [tuple(None if v is None else v.encode() for v in row) for row in rows]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (b"'it''s'", b"it's"),
        (rb"replace('a\nb','\n',char(10))", b"a\nb"),
        (rb"replace(replace('a\r\nb','\r',char(13)),'\n',char(10))", b"a\r\nb"),
        (rb"unistr('a\u0001\\b')", b"a\x01\\b"),
        (b"NULL", None),
        (b"X'00ff'", b"X'00ff'"),
        (b"-1.5e3", b"-1.5e3"),
    ],
)
def test_the_shell_of_sqlite_writes_line_ends_by_a_call(literal: bytes, value: bytes) -> None:
    """The calls that its own program writes are values; any other is an expression."""
    content = b"INSERT INTO t VALUES(1," + literal + b");"
    (statement,) = walk(content, Dialect.SQLITE)
    assert isinstance(statement, Statement)
    assert statement.rows is not None
    (row,) = tuples(content, *statement.rows, Dialect.SQLITE)
    assert row.values == (b"1", value)


@pytest.mark.parametrize(
    ("head", "dialect", "ending"),
    [
        (
            b"--\n-- PostgreSQL database dump\n--\n",
            PG,
            b"-- PostgreSQL database dump complete\n",
        ),
        (b"-- MySQL dump 10.13  Distrib 8.0\n", MY, b"-- Dump completed on 2026-01-02\n"),
        (
            b"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n",
            MY,
            b"-- Dump completed\n",
        ),
        (
            b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n",
            Dialect.SQLITE,
            b"COMMIT;\n",
        ),
    ],
)
def test_a_dump_names_its_program_and_ends_as_that_program_ends(
    head: bytes, dialect: Dialect, ending: bytes
) -> None:
    """The first lines tell the dialect; the last line tells that it is whole."""
    assert dialect_of(head) is dialect
    assert not has_ending(head, dialect)
    assert has_ending(head + b"\n" + ending, dialect)
