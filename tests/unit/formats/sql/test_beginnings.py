import time

import pytest

from formats.sql.beginnings import is_sql
from formats.textual import kind_of_text

STATEMENTS = [
    b"drop table t;",
    b"-- x\ncreate table t (a int);",
    b"use [h]\n",
    b"USE hospital\nGO\n",
    b"/****** Object:  Table [dbo].[Stay] ******/\r\nSET ANSI_NULLS ON\r\nGO\r\n",
    b"CREATE TABLE IF NOT EXISTS `stay` (\n  `id` int\n);",
    b"CREATE DEFINER=`root`@`localhost` TRIGGER `t` BEFORE INSERT ON `s` FOR EACH ROW SET @a=1;",
    b"CREATE OR REPLACE FUNCTION f() RETURNS void AS $$ $$ LANGUAGE plpythonu;",
    b"CREATE FUNCTION sys_exec RETURNS int SONAME 'x.so';",
    b"INSERT INTO stay (id, ward)\nVALUES (1, 'A');",
    b"COPY public.stay (id) FROM stdin;\n1\n\\.\n",
    b"copy t from program 'id';",
    b"SELECT 'x' INTO OUTFILE '/var/www/x.php';",
    b"SELECT a, b\nFROM stay\nWHERE a = 1;\n",
    b"EXEC xp_cmdshell 'id'",
    b"EXEC sp_configure 'show advanced options', 1;",
    b"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t;",
    b"ATTACH DATABASE '/etc/x' AS y;",
    b"GRANT ALL PRIVILEGES ON *.* TO 'x'@'%';",
    b"UPDATE stay SET ward = 'B';",
    b"IF OBJECT_ID('x') IS NOT NULL DROP TABLE x",
    b"DECLARE @x int",
    b"BEGIN;\nDROP TABLE t;\nCOMMIT;",
    b"\\! id\n",
    b".shell id\n",
    b"/*!40101 SET NAMES utf8 */;\n",
    b"mysqldump: [Warning] Using a password can be insecure.\n-- MySQL dump 10.13  Distrib 8.0\n",
]
PROSE = [
    b"create a table for the ward",
    b"Create table of contents\nand a list",
    b"update on the patient:",
    b"Update the plan; set a date = tomorrow",
    b"set the alarm",
    b"Set names of people down\n",
    b"Use cases\nand their actors\n",
    b"Grant access to the nurse on duty today\n",
    b"Select a bed from the list and wait\n",
    b"Copy of the letter from the ward\n",
    b"Drop table tennis\n",
    b"Insert into the file what values you read\n",
    b"Execute master plan at noon\n",
    b"Begin with the patient\n",
    b"Call the ward\n",
    b"Delete from the list who left\n",
    b"a;b\n1;2\n",
    b"# Handbook\n\n```sql\nDROP TABLE t;\n```\n",
    b"Alter the database owner before noon\n",
    b"2026-01-02 10:00:00 LOG:  statement: DROP TABLE t;\n",
    b"To restore, run:\n    psql -f dump.sql\nCREATE TABLE is run first.\n",
    b"The dump says -- PostgreSQL database dump\nand so on\n",
]


@pytest.mark.parametrize("text", STATEMENTS)
def test_statements_are_told_from_prose(text: bytes) -> None:
    """A text that begins with a statement, or that a dumping program announces, is SQL."""
    assert kind_of_text(text).media_type == "application/sql"


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_no_statement(text: bytes) -> None:
    """Words that statements begin with stand in sentences, logs and handbooks too."""
    assert kind_of_text(text).media_type in ("text/plain", "text/csv")


@pytest.mark.parametrize(
    "hostile",
    [
        b"--\n" * 20_000,
        b"/*" + b"*" * 60_000,
        b"/**/" * 15_000,
        b"insert into " + b"(" * 60_000,
        b"create " + b"a " * 30_000,
        b"select " + b"from " * 12_000,
        b"grant all " + b"on " * 20_000,
        b"create table " + b"a" * 60_000,
    ],
)
def test_a_beginning_costs_no_more_than_its_length(hostile: bytes) -> None:
    """No text makes the search for a statement take long."""
    started = time.process_time()
    is_sql(hostile)
    assert time.process_time() - started < 0.5
