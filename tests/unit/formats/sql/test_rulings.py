import pytest

from formats.faults import TruncatedError
from formats.sql.dialects import Dialect
from formats.sql.judged import Ruling
from formats.sql.rulings import rulings
from formats.sql.statements import walk

PG, MY, LITE = Dialect.POSTGRESQL, Dialect.MYSQL, Dialect.SQLITE


def _worst(text: bytes, dialect: Dialect) -> tuple[Ruling, str]:
    found = min(rulings(walk(text, dialect), dialect), key=lambda ruled: ruled.ruling)
    return found.ruling, found.kind


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (PG, b"SET search_path = a, b;"),
        (PG, b"SELECT pg_catalog.set_config('search_path', '', false);"),
        (PG, b"CREATE TYPE public.sex AS ENUM ('M', 'F');"),
        (PG, b"CREATE TABLE public.t (a numeric(5,2), CONSTRAINT w CHECK ((a > (0)::numeric)));"),
        (
            PG,
            b"ALTER TABLE ONLY public.t ALTER COLUMN a SET DEFAULT nextval('public.s'::regclass);",
        ),
        (PG, b"CREATE INDEX i ON public.t USING btree (lower(note) varchar_pattern_ops);"),
        (PG, b"COMMENT ON TABLE public.t IS '\\! ; COPY x FROM PROGRAM ''id''';"),
        (PG, b"COPY public.t (a) FROM stdin;\n\\\\! id; DROP TABLE t\n\\.\n"),
        (PG, b"INSERT INTO t VALUES (1, 'it''s; \\! x') ON CONFLICT DO NOTHING;"),
        (PG, b"\\restrict aB3\n\\connect hospital\n\\unrestrict aB3\n"),
        (MY, b"/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;"),
        (MY, b"SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'aaaa:1-5';"),
        (MY, b"CREATE TABLE `t` (`n` text, KEY `k` (`n`(10))) ENGINE=InnoDB;"),
        (MY, b"LOCK TABLES `t` WRITE;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\nUNLOCK TABLES;"),
        (MY, b"INSERT INTO `t` VALUES (1,'a\\'; system id',NULL),(2,_binary 'x',0xFF);"),
        (MY, b"/*!999999\\- enable the sandbox mode */;\nDROP TABLE IF EXISTS `t`;"),
        (
            LITE,
            b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nINSERT INTO t VALUES(1,X'00');COMMIT;",
        ),
    ],
)
def test_what_a_dumping_program_writes_is_data(dialect: Dialect, text: bytes) -> None:
    """Plain dumps pass, whatever their texts quote."""
    assert _worst(text, dialect)[0] is Ruling.DATA


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        (PG, b"COPY t FROM PROGRAM 'id';", "copy-program"),
        (PG, b"\\! id\n", "client-shell"),
        (PG, b"\\set x `id`\n", "client-shell"),
        (PG, b"-- a name\n\\! id\n-- goes on\n", "client-shell"),
        (PG, b"SELECT 1 \\! id\n;", "client-shell"),
        (PG, b"INSERT INTO t VALUES (pg_read_file('/etc/passwd'));", "reaching-call"),
        (MY, b"INSERT INTO t VALUES (LOAD_FILE('/etc/passwd'));", "reaching-call"),
        (MY, b"SELECT 'x' INTO OUTFILE '/var/www/x.php';", "file-access"),
        (MY, b"\\! id\n", "client-shell"),
        (MY, b"system id\n", "client-shell"),
        (MY, b"INSERT INTO t VALUES ('a\\\\'); SELECT LOAD_FILE('x'); -- '", "reaching-call"),
        (LITE, b".shell id\n", "client-shell"),
        (Dialect.OTHER, b"EXEC xp_cmdshell 'id'", "reaching-call"),
    ],
)
def test_what_reaches_out_of_the_database_is_malicious(
    dialect: Dialect, text: bytes, kind: str
) -> None:
    """Nothing else explains programs, files and connections in a dump."""
    assert _worst(text, dialect) == (Ruling.MALICIOUS, kind)


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        (PG, b"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $a$ SELECT 1; $a$;", "function"),
        (PG, b"CREATE TRIGGER t BEFORE INSERT ON s EXECUTE FUNCTION f();", "trigger"),
        (PG, b"CREATE RULE r AS ON INSERT TO t DO NOTIFY x;", "rule"),
        (PG, b"CREATE EXTENSION dblink;", "extension"),
        (PG, b"GRANT ALL ON TABLE t TO PUBLIC;", "rights"),
        (PG, b"ALTER ROLE evil WITH SUPERUSER;", "rights"),
        (PG, b"ALTER SYSTEM SET archive_command = 'x';", "administration"),
        (PG, b"ALTER DATABASE h SET session_preload_libraries = 'x';", "administration"),
        (PG, b"COPY t FROM '/etc/passwd';", "file-access"),
        (PG, b"DO $$ BEGIN END $$;", "code-block"),
        (PG, b"\\i other.sql\n", "client-command"),
        (MY, b"SET GLOBAL general_log_file = '/var/www/x.php';", "set-global"),
        (MY, b"CREATE TABLE t (a int) ENGINE=FEDERATED CONNECTION='mysql://x';", "storage-engine"),
        (MY, b"CREATE TABLE t (a int) ENGINE=InnoDB DATA DIRECTORY='/x';", "file-access"),
        (
            MY,
            (
                b"CREATE TABLE t (a int) PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN (1)"
                b" DATA DIRECTORY = '/x' ENGINE = InnoDB);"
            ),
            "file-access",
        ),
        (MY, b"/*!50106 CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY DO DELETE FROM t */;", "event"),
        (MY, b"/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`l`*/ /*!50003 TRIGGER x */;", "trigger"),
        (MY, b"LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t;", "file-access"),
        (MY, b"CHANGE MASTER TO MASTER_HOST='x';", "replication"),
        (LITE, b"PRAGMA writable_schema=ON;", "pragma"),
    ],
)
def test_what_runs_later_or_loosens_rights_is_active(
    dialect: Dialect, text: bytes, kind: str
) -> None:
    """Code that the database keeps, and rights, wait for a person."""
    assert _worst(text, dialect) == (Ruling.ACTIVE, kind)


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        (PG, b"Frobnicate the patient;", "unknown-statement"),
        (PG, b"CREATE TABLE t (a int DEFAULT public.mine());", "unknown-call"),
        (PG, b"CREATE VIEW v AS SELECT 1 FROM a JOIN b ON evil(a.x);", "unknown-call"),
        (PG, b"INSERT INTO t SELECT 1;", "insert-of-expressions"),
        (PG, b"SET standard_conforming_strings = off;", "string-mode"),
        (PG, b"SET client_encoding = 'SJIS';", "encoding"),
        (PG, b"/*! a comment that MySQL runs */ SELECT pg_catalog.setval('s', 1);", "ambiguous"),
        (MY, b"SET NAMES gbk;", "encoding"),
        (MY, b"SET SQL_MODE='NO_BACKSLASH_ESCAPES';", "string-mode"),
        (MY, b"DELIMITER ;;\n", "delimiter"),
        (MY, b"/*!99999 ' */ DROP TABLE t; /*!99999 ' */;", "ambiguous"),
        (MY, b"UPDATE t SET a = 1;", "change-of-rows"),
        (MY, b"BEGIN NOT ATOMIC EXECUTE IMMEDIATE 'x'; END;", "unknown-statement"),
        (LITE, b"VACUUM INTO '/x';", "unknown-statement"),
    ],
)
def test_what_is_in_no_list_is_not_known(dialect: Dialect, text: bytes, kind: str) -> None:
    """What nobody listed is never data."""
    assert _worst(text, dialect) == (Ruling.UNKNOWN, kind)


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        (PG, b"COPY t FROM stdin;\n1\n2\n"),
        (PG, b"INSERT INTO t VALUES ('cut"),
        (PG, b"CREATE FUNCTION f() AS $a$ cut $b$"),
        (PG, b"/* /* nested */ never closed"),
        (MY, b"INSERT INTO t VALUES ('cut\\'"),
    ],
)
def test_a_dump_that_stops_in_a_text_is_cut(dialect: Dialect, text: bytes) -> None:
    """A text, a comment or rows without an end are a cut."""
    with pytest.raises(TruncatedError):
        list(walk(text, dialect))
