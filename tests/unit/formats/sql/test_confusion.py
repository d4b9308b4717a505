"""Statements that a program would read otherwise than they look: none of them is taken for data."""

import pytest

from formats.sql.dialects import Dialect
from formats.sql.judged import Ruling
from formats.sql.rulings import rulings
from formats.sql.statements import walk

PG, MY, LITE = Dialect.POSTGRESQL, Dialect.MYSQL, Dialect.SQLITE
HIDDEN = b"INSERT INTO t VALUES ('\\', ');\n\\! id\n--');\n"


def _worst(text: bytes, dialect: Dialect) -> tuple[Ruling, str]:
    found = min(rulings(walk(text, dialect), dialect), key=lambda ruled: ruled.ruling)
    return found.ruling, found.kind


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        # A return ends a remark for psql, and what follows is a command.
        (PG, b"-- note\r\\! id\n", "client-shell"),
        (PG, b"COPY t FROM pstdin;\n\\! id\n\\.\n", "client-shell"),
        (PG, b"COPY pg_authid (rolname) FROM stdin;\nx\n\\.\n", "system-table"),
        (PG, b"INSERT INTO pg_catalog.pg_proc VALUES (1);\n", "system-table"),
        (PG, b"ALTER TABLE ONLY pg_catalog.pg_class OWNER TO x;\n", "system-table"),
        (MY, b"INSERT INTO mysql.user VALUES (1);\n", "system-table"),
        (MY, b"REPLACE INTO `MySQL`.`func` VALUES (1);\n", "system-table"),
        (MY, b"USE `mysql`;\nINSERT INTO `user` VALUES (1);\n", "system-table"),
        (LITE, b"INSERT INTO sqlite_master VALUES (1);\n", "system-table"),
    ],
)
def test_what_hides_a_command_or_grants_rights_is_active(
    dialect: Dialect, text: bytes, kind: str
) -> None:
    """Rows of the system's own tables are rights and code, not data."""
    ruling, found = _worst(text, dialect)

    assert kind == found
    assert ruling in {Ruling.MALICIOUS, Ruling.ACTIVE}


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        # Two calls of which the second changes what a backslash means.
        (
            PG,
            b"SELECT pg_catalog.set_config('search_path', '', false),"
            b" pg_catalog.set_config('standard_conforming_strings','off',false);\n" + HIDDEN,
            "query",
        ),
        (PG, b"SELECT setval('s', 1), setval('s', 2);\n", "query"),
        (
            PG,
            (
                b"CREATE TABLE t (a text DEFAULT"
                b" set_config('standard_conforming_strings', 'off', false));"
            ),
            "unknown-call",
        ),
        (PG, b'SET standard_conforming_strings TO "off1";\n' + HIDDEN, "string-mode"),
        # A text with escapes goes on in the next line, with escapes.
        (PG, b"COMMENT ON TABLE t IS E'a'\n'b\\' ';\n\\! id\n--';\n", "ambiguous"),
        (PG, b"COMMENT ON TABLE t IS E'a' -- and\n'b\\' ';\n\\! id\n--';\n", "ambiguous"),
        # Other names of encodings in which a letter swallows a quotation mark.
        (PG, b"SET client_encoding = 'WIN932';\n", "encoding"),
        (PG, b"SET client_encoding = 'S-J-I-S';\n", "encoding"),
        (PG, b"SET client_encoding = E'SJ\\x49S';\n", "encoding"),
        (PG, b'COPY U&"pg\\005fauthid" (a) FROM stdin;\nx\n\\.\n', "ambiguous"),
        (PG, b"CREATE SCHEMA s GRANT ALL ON t TO public;\n", "schema"),
        (PG, b"INSERT INTO t VALUES ('abc\0');\n--');\n", "ambiguous"),
        (MY, b"SET @m = 'NO_BACKSLASH_ESCAPES';\nSET sql_mode = @m;\n", "set-variable"),
        (MY, b"SET character_set_results = gbk;\nSET @x=@@character_set_results;\n", "encoding"),
        (MY, b"SET sql_mode = 'NO_BACK' 'SLASH_ESCAPES';\n", "string-mode"),
        (MY, b"SET sql_mode = 'N\\O_BACKSLASH_ESCAPES';\n", "string-mode"),
        (MY, b"SET sql_mode = 1048576;\n", "string-mode"),
        (MY, b"SET sql_mode = 0x4E4F5F4241434B534C4153485F45534341504553;\n", "string-mode"),
        (MY, b"SET NAMES 'g' 'bk';\n", "encoding"),
        # The server skips it; its client takes the rest of the line for its own.
        (MY, b"SET NAMES utf8 --\x01 x\n;\n", "ambiguous"),
        (MY, b"CREATE TABLE `a\\` (`b` int);\n", "ambiguous"),
        # Rows that are taken away again, or become others, behind the last of them.
        (PG, b"COPY s.t (a) FROM stdin;\n1\n\\.\nDROP TABLE s.t;\n", "change-of-rows"),
        (PG, b"COPY s.t (a) FROM stdin;\n1\n\\.\nDROP SCHEMA s CASCADE;\n", "change-of-rows"),
        (MY, b"USE a;\nINSERT INTO `t` VALUES (1);\nDROP DATABASE `A`;\n", "change-of-rows"),
        (MY, b"INSERT INTO t VALUES (1);\nCREATE OR REPLACE TABLE t (a int);\n", "change-of-rows"),
        (PG, b"ALTER TABLE t ALTER COLUMN dose TYPE numeric USING (dose * 10);\n", "alter"),
        (PG, b"ALTER TABLE t DROP COLUMN dose;\n", "alter"),
        (MY, b"ALTER TABLE `t` MODIFY `dose` int;\n", "alter"),
        # Rows that nobody would have counted, or that some servers skip.
        (PG, b"CREATE TABLE t AS VALUES (1), (2);\n", "create-from-query"),
        (PG, b"CREATE TABLE t AS (SELECT 1);\n", "create-from-query"),
        (MY, b"CREATE TABLE `t` (SELECT 1 AS `a`);\n", "create-from-query"),
        (MY, b"/*!99999 INSERT INTO `t` VALUES (1) */;\n", "ambiguous"),
        (MY, b"INSERT `t` VALUES (1);\n", "insert-of-expressions"),
        # The shell ends the statement here, and takes the next line for a command.
        (LITE, b"CREATE TABLE t(a)\n/\n.shell id\n;\n", "ambiguous"),
        (LITE, b"CREATE TABLE t(a)\n go -- on\n.shell id\n;\n", "ambiguous"),
    ],
)
def test_what_two_programs_read_differently_is_not_known(
    dialect: Dialect, text: bytes, kind: str
) -> None:
    """Each of these was data before, and led a program to run what looked like a text."""
    assert (Ruling.UNKNOWN, kind) == _worst(text, dialect)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (PG, b"SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n"),
        (PG, b"SELECT pg_catalog.setval('public.s', -5, true);\n"),
        (PG, b"INSERT INTO t VALUES (E'a\\n', 'b'), (E'c', 'd');\n"),
        (PG, b'CREATE TABLE public.t (a pg_catalog.int4, b text COLLATE pg_catalog."C");\n'),
        (
            MY,
            b"/*!50503 SET NAMES utf8mb4 */;\n/*!40101 SET @saved_cs = @@character_set_client */;",
        ),
        (MY, b"SET @OLD=@@SESSION.SQL_LOG_BIN;\nSET @@SESSION.SQL_LOG_BIN= 0;\n"),
        (MY, b"SET character_set_client = @saved_cs;\nSET SQL_MODE=@OLD_SQL_MODE;\n"),
        (MY, b"SET sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION';\n"),
        (MY, b'SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";\n'),
        (MY, b"SET NAMES latin1 COLLATE latin1_general_ci;\nSET sql_mode = '';\n"),
        (MY, b"ALTER TABLE `t` MODIFY `id` int NOT NULL AUTO_INCREMENT, ADD KEY `k` (`a`);\n"),
        (
            MY,
            (
                b"USE a;\nINSERT INTO `t` VALUES (1);\nDROP TABLE IF EXISTS `u`;\n"
                b"USE b;\nDROP TABLE IF EXISTS `t`;\nCREATE TABLE `t` (`a` int);\n"
            ),
        ),
        (LITE, b"DELETE FROM sqlite_sequence;\nINSERT INTO sqlite_sequence VALUES('t',3);\n"),
        (LITE, b"CREATE TABLE t(\n a,\n go text\n);\n"),
    ],
)
def test_what_dumping_programs_write_stays_data(dialect: Dialect, text: bytes) -> None:
    """Settings are put back, encodings named, and sequences set in every honest dump."""
    assert Ruling.DATA is _worst(text, dialect)[0]
