import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import LimitError
from sanitizers.containers import stored_values
from sanitizers.databases import survey_database
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.sniffing import open_sample
from tests.corpus.damaging import noise
from tests.corpus.databases import database, holding, made
from tests.corpus.disguises import PE
from tests.corpus.images import jpeg
from tests.corpus.looking import demands, look, notes, silence
from tests.corpus.pdfs import pdf

WHOLE = database()
ALL = ("file_type", "integrity", "encryption", "active_content")


def _demands(content: bytes) -> set[str]:
    seen = look(content)
    return set().union(*(demands(seen, scanner) for scanner in ALL))


@pytest.mark.parametrize("page_size", [512, 4096, 65_536])
def test_an_intact_database_asks_for_nothing_and_is_counted(page_size: int) -> None:
    """Tables, keys and indexes are data; how much there is is said without a name."""
    content = database(page_size=page_size)
    assert _demands(content) == set()
    seen = look(content)
    assert notes(seen, "active_content") == {"database-read"}
    counted = open_sample(content).once(survey_database)
    assert (counted.tables, counted.rows, counted.faults) == (1, 400, 0)


def test_what_honest_schemas_have_asks_for_nothing() -> None:
    """Checks, defaults, generated columns, partial and expression indexes, and a view."""
    content = made(
        "create table w (a text primary key) without rowid",
        "create table t (id integer primary key autoincrement, a text default current_timestamp"
        " check (length(a) > 0), b real check (b between 0 and 5), c text as (upper(a)) stored,"
        " d references w (a), unique (a, b))",
        "create index i on t (lower(a)) where b > 1",
        "create view v as select a, count(*) from t group by a",
        "insert into t (a, b) values ('x', 1)",
    )
    assert _demands(content) == set()
    assert "sql-view" in notes(look(content), "active_content")


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("create trigger x after insert on t begin delete from t; end", "sql-trigger"),
        ("create view v as select load_extension('x')", "sql-reaching-call"),
        ("create view v as select writefile('x', a) from t", "sql-reaching-call"),
        ("create view v as select evil(a) from t", "sql-unknown-call"),
        ("create view v as select fts3_tokenizer('simple', a) from t", "sql-reaching-call"),
    ],
)
def test_what_a_schema_runs_is_named(statement: str, rule: str) -> None:
    """Triggers, and views that call what is no arithmetic, hold the database."""
    found = demands(look(made("create table t (a text)", statement)), "active_content")
    assert rule in found


def test_a_module_is_held() -> None:
    """A virtual table runs the code of a module, whichever it is."""
    content = made("create table t (a text)", "create virtual table f using fts5(a)")
    assert "sql-virtual-table" in demands(look(content), "active_content")


def test_a_check_that_calls_what_is_not_known_is_not_believed() -> None:
    """SQLite refuses to open the table, and nobody says that it is whole."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function("evil", 1, lambda a: a, deterministic=True)
        connection.execute("create table t (a text check (evil(a)))")
        connection.commit()
        content = connection.serialize()
    assert "sql-unknown-call" in demands(look(content), "active_content") or silence(
        look(content), "active_content"
    )


def test_a_schema_that_was_rewritten_by_hand_is_not_believed() -> None:
    """What no CREATE statement makes is refused, or not known."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (a text)")
        connection.execute("pragma writable_schema = on")
        connection.execute("update sqlite_schema set sql = 'create table t (a text) evil'")
        connection.commit()
        content = connection.serialize()
    seen = look(content)
    assert silence(seen, "active_content") or demands(seen, "integrity")


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (PE, "program-in-value"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "program-in-value"),
        (b"JVBERi0xLjcKJ" * 9, "document-in-value"),
        (noise(9000), "sealed-value"),
    ],
)
def test_a_value_that_is_a_file_is_held(value: bytes, rule: str) -> None:
    """What no scanner looked into does not go through inside of a column."""
    assert rule in demands(look(holding(value)), "active_content")


def test_documents_in_columns_are_handed_on() -> None:
    """Each is taken out as it stands, to be inspected on its own; texts are not."""
    content = made(
        "create table letters (n integer, body blob)",
        "insert into letters values (1, 'seen'), (2, ?), (3, x'00ff')",
        values=(pdf(),),
    )
    parts = list(stored_values.unpack(content, DEFAULT_LIMITS))

    assert "embedded-document" in notes(look(content), "active_content")
    assert [(b"", pdf(), "")] == [(p.untrusted_name, p.content, p.refusal) for p in parts]


def test_more_documents_than_may_be_taken_out_are_a_limit() -> None:
    """A database of thousands of letters waits for the bulk limits."""
    content = made(
        "create table letters (body blob)",
        "insert into letters values (?1), (?1), (?1)",
        values=(pdf(),),
    )
    with pytest.raises(LimitError):
        list(stored_values.unpack(content, replace(DEFAULT_LIMITS, most_members=2)))


def test_pictures_and_long_texts_are_values() -> None:
    """Pictures are noted; notes of any length are texts."""
    assert _demands(holding(jpeg())) == set()
    assert "picture-in-value" in notes(look(holding(jpeg())), "active_content")
    assert _demands(holding("seen by the doctor; " * 4000)) == set()


def test_changed_rows_and_keys_are_damage() -> None:
    """Pages in order, and an index that tells otherwise than its table: SQLite's own check."""
    at = WHOLE.index(b"ward 3seen")
    changed = WHOLE[:at] + b"WARD" + WHOLE[at + 4 :]
    assert "integrity-check" in demands(look(changed), "integrity")


def test_a_database_of_a_log_is_read_and_says_so() -> None:
    """Its header asks for a log that is not here: what is in the file is judged."""
    logged = WHOLE[:18] + b"\x02\x02" + WHOLE[20:]
    assert _demands(logged) == set()
    assert "database-with-log" in notes(look(logged), "active_content")


def test_nothing_is_no_database() -> None:
    """SQLite takes an empty one for a want of memory."""
    assert open_sample(b"").once(survey_database).unseen == "there is nothing"


def test_a_schema_without_end_is_bounded() -> None:
    """A view is never opened: one that would count for ever costs nothing."""
    endless = (
        "create view v as with recursive c(x) as (select 1 union all select x + 1 from c)"
        " select max(x) from c"
    )
    assert open_sample(made("create table t (a)", endless)).once(survey_database).unseen == ""


@settings(max_examples=80, deadline=None)
@given(st.integers(100, len(WHOLE) - 1), st.binary(min_size=1, max_size=24))
def test_no_change_makes_the_survey_fail(at: int, change: bytes) -> None:
    """SQLite's errors are words, whatever the pages hold."""
    survey_database(open_sample(WHOLE[:at] + change + WHOLE[at + len(change) :]))
