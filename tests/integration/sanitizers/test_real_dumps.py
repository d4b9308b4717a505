import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest

from tests.corpus import dumps
from tests.corpus.databases import database
from tests.corpus.judged_files import check_case, judge_cases
from tests.corpus.looking import demands, look

HOSPITAL = """
CREATE TYPE sex AS ENUM ('M', 'F');
CREATE DOMAIN code AS text CHECK (VALUE ~ '^[A-Z]');
CREATE TABLE patient (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, sex sex, born date,
    CONSTRAINT plausible CHECK (born > '1880-01-01'::date));
CREATE TABLE stay (
    id serial PRIMARY KEY, patient integer REFERENCES patient (id), ward code DEFAULT 'A',
    entered timestamptz DEFAULT now(), weight numeric(5,2), scan bytea, note text, tags text[],
    more jsonb) ;
CREATE INDEX stay_by_ward ON stay USING btree (lower(ward), entered DESC);
CREATE UNIQUE INDEX one_open ON stay (patient) WHERE entered IS NULL;
CREATE VIEW heavy AS SELECT p.name, count(*) AS stays FROM patient p JOIN stay s ON s.patient = p.id
    WHERE s.weight > 100 GROUP BY p.name HAVING count(*) > 1;
COMMENT ON TABLE stay IS 'one row a stay; \\! id';
INSERT INTO patient (name, sex, born)
    SELECT 'Patient ' || n, CASE WHEN n % 2 = 0 THEN 'M'::sex ELSE 'F'::sex END, '1950-01-01'
    FROM generate_series(1, 200) n;
INSERT INTO stay (patient, ward, weight, scan, note, tags, more)
    SELECT n % 200 + 1, 'C' || n % 9, 50 + n % 60, decode(md5(n::text), 'hex'),
        E'tab\\there\\nline; DROP TABLE stay; -- \\\\! id' || chr(233), ARRAY['a', 'b;'],
        jsonb_build_object('k', n) FROM generate_series(1, 2000) n;
"""


TRIGGERED = "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"


@pytest.fixture
def hospital(database):
    """A database as a clinic has one."""
    database.ask(f"SET ROLE {database.user}; {HOSPITAL}")
    return database


def test_what_pg_dump_writes_is_promotable_whole_and_held_when_cut(hospital, tmp_path):
    """The real program's dump of tables, keys, a view and rows, under the default policy."""
    owner = hospital.server.dump(hospital)
    assert demands(look(owner), "active_content") == set()
    cases = (
        ("whole", "clinic.sql", owner, "clean", ""),
        ("cut", "clinic.sql", owner[: len(owner) * 2 // 3], "damaged", "integrity: cut"),
    )
    whole, cut = judge_cases(tmp_path, cases)
    assert ("clean", ()) == (whole.verdict.value, whole.reasons)
    assert "damaged" == cut.verdict.value


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "sql-function"),
        (
            f"{TRIGGERED}; CREATE TRIGGER t BEFORE INSERT ON stay EXECUTE FUNCTION g()",
            "sql-trigger",
        ),
        ("CREATE RULE r AS ON DELETE TO stay DO INSTEAD NOTHING", "sql-rule"),
        ("GRANT SELECT ON stay TO PUBLIC", "sql-rights"),
        ("CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", "sql-procedure"),
    ],
)
def test_what_runs_in_a_real_database_is_named(hospital, statement, rule):
    """Functions, triggers, rules and rights of a database stand in its dump, and hold it."""
    hospital.ask(f"SET ROLE {hospital.user}; {statement}")
    assert rule in demands(look(hospital.server.dump(hospital)), "active_content")


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the shell of SQLite")
def test_what_the_shell_of_sqlite_writes_asks_for_nothing(tmp_path):
    """The real program's dump, with pictures, quotes and line ends in its values."""
    script = (
        "create table stay (id integer primary key autoincrement, ward text, scan blob, n real);"
        "insert into stay values (1, 'it''s; drop table', x'00ff', 1.5e3);"
        "insert into stay values (2, 'two' || char(10) || 'lines' || char(13,10), null, -2);"
        "create index by_ward on stay (ward);"
    )
    place = str(tmp_path / "a.db")
    subprocess.run(["sqlite3", place, script], check=True, timeout=30)
    dump = subprocess.run(
        ["sqlite3", place, ".dump"], check=True, timeout=30, capture_output=True
    ).stdout
    seen = look(dump)
    assert "application/sql" == seen.media_type
    assert set() == set().union(
        *(demands(seen, name) for name in ("active_content", "integrity", "encryption"))
    ), dump


def test_databases_are_read_in_the_box(tmp_path):
    """SQLite works under the locks of the box, on a whole database and on hostile ones."""
    hostile = "create table t (a); create trigger x after insert on t begin select 1; end;"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(hostile)
        triggered = connection.serialize()
    whole = database()
    cases = (
        ("whole", "ward.sqlite", whole, "clean", ""),
        ("large", "ward.db", database(60_000), "clean", ""),
        ("cut", "ward.sqlite", whole[:-8192], "damaged", "integrity: cut"),
        ("trigger", "ward.sqlite", triggered, "active", "sql-trigger"),
        ("sqlite", "ward.sql", dumps.sqlite(), "clean", ""),
        ("mysql", "ward.sql", dumps.mysql(), "clean", ""),
        ("program", "x.sql", dumps.postgres(head=b"\\! id\n"), "malicious", "sql-client-shell"),
        ("unsigned", "x.sql", dumps.SQL_SERVER, "indeterminate", "dump-of-no-known-program"),
        ("prose", "x.sql", b"Bonjour docteur\nCOPY t FROM PROGRAM 'id';\n", "indeterminate", ""),
    )
    for case, found in zip(cases, judge_cases(tmp_path, cases), strict=True):
        check_case(case, found)
