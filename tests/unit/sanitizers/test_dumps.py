import base64
import random

import pytest

from formats.faults import LimitError
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import has_parts
from sanitizers.containers.unpacking import READERS
from sanitizers.limits import Limits
from sanitizers.registry import look_forked
from tests.corpus.damaging import noise, overwrite, stripes
from tests.corpus.disguises import PE
from tests.corpus.dumps import DUMPS, SQL_SERVER, mysql, mysql_row, postgres, sqlite
from tests.corpus.images import jpeg
from tests.corpus.looking import demands, look, notes, silence
from tests.corpus.pdfs import pdf, stream

ALL = ("file_type", "integrity", "encryption", "active_content")


def _demands(content: bytes) -> set[str]:
    seen = look(content)
    return set().union(*(demands(seen, scanner) for scanner in ALL))


def _damage(content: bytes) -> set[str]:
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("name", DUMPS)
def test_an_intact_dump_of_rows_asks_for_nothing(name: str) -> None:
    """Tables, keys, indexes and rows are data, whatever the rows quote."""
    assert look(DUMPS[name]).media_type == "application/sql"
    assert _demands(DUMPS[name]) == set()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (postgres(tail=b"COPY t FROM PROGRAM 'id';\n"), "sql-copy-program"),
        (postgres(head=b"\\! id\n"), "sql-client-shell"),
        (postgres(tail=b"\\set x `id`\n"), "sql-client-shell"),
        (postgres(tail=b"\\i /tmp/x.sql\n"), "sql-client-command"),
        (postgres(tail=b"\\gexec\n"), "sql-client-shell"),
        (postgres(tail=b"\\o |id\n"), "sql-client-shell"),
        (postgres(tail=b"CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS $$x$$;"), ""),
        (postgres(tail=b"CREATE FUNCTION f() RETURNS int AS '/x.so', 'f' LANGUAGE c;"), ""),
        (postgres(tail=b"CREATE TRIGGER t BEFORE INSERT ON s EXECUTE FUNCTION f();"), ""),
        (postgres(tail=b"CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f();"), ""),
        (postgres(tail=b"CREATE EXTENSION dblink;"), "sql-extension"),
        (postgres(tail=b"ALTER ROLE x SUPERUSER;"), "sql-rights"),
        (postgres(tail=b"GRANT ALL ON TABLE public.stay TO PUBLIC;"), "sql-rights"),
        (postgres(tail=b"COPY public.stay TO '/var/www/x.php';"), "sql-file-access"),
        (postgres(tail=b"SELECT lo_export(1, '/tmp/x');"), "sql-reaching-call"),
        (postgres(tail=b"SELECT pg_read_file('/etc/passwd');"), "sql-reaching-call"),
        (postgres(tail=b"DO $$ BEGIN PERFORM 1; END $$;"), "sql-code-block"),
        (mysql(tail=b"SELECT 'x' INTO OUTFILE '/var/www/x.php';\n"), "sql-file-access"),
        (mysql(tail=b"SELECT LOAD_FILE('/etc/passwd');\n"), "sql-reaching-call"),
        (mysql(tail=b"LOAD DATA INFILE '/x' INTO TABLE t;\n"), "sql-file-access"),
        (mysql(tail=b"\\! id\n"), "sql-client-shell"),
        (mysql(tail=b"system id\n"), "sql-client-shell"),
        (mysql(tail=b"CREATE FUNCTION sys_exec RETURNS int SONAME 'x.so';\n"), "sql-function"),
        (
            mysql(
                tail=b"/*!50003 CREATE*/ /*!50017 DEFINER=`r`@`%`*/ /*!50003 TRIGGER t AFTER"
                b" INSERT ON `stay` FOR EACH ROW SET @a = 1 */;\n"
            ),
            "sql-trigger",
        ),
        (mysql(tail=b"/*!50106 CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY DO SELECT 1 */;\n"), ""),
        (mysql(tail=b"CREATE DEFINER=`root`@`%` PROCEDURE p() SELECT 1;\n"), "sql-procedure"),
        (mysql(tail=b"SET GLOBAL general_log_file='/var/www/x.php';\n"), "sql-set-global"),
        (mysql(tail=b"INSERT INTO `stay` VALUES (1,LOAD_FILE('/x'));\n"), "sql-reaching-call"),
        (mysql(tail=b"INSTALL PLUGIN x SONAME 'x.so';\n"), "sql-plugin"),
        (sqlite(tail=b"ATTACH DATABASE '/etc/x' AS y;\n"), "sql-file-access"),
        (sqlite(tail=b".shell id\n"), "sql-client-shell"),
        (sqlite(tail=b"SELECT load_extension('x');\n"), "sql-reaching-call"),
        (sqlite(tail=b"CREATE TRIGGER t AFTER INSERT ON stay BEGIN SELECT 1; END;\n"), ""),
        (sqlite(tail=b"PRAGMA writable_schema=ON;\n"), "sql-pragma"),
        (b"USE [h]\r\nGO\r\nEXEC xp_cmdshell 'id'\r\nGO\r\n", "sql-reaching-call"),
        (SQL_SERVER + b"CREATE PROCEDURE p AS EXEC master..xp_cmdshell 'id'\r\nGO\r\n", ""),
    ],
)
def test_what_runs_is_active_wherever_it_stands_in_a_dump(content: bytes, rule: str) -> None:
    """Every statement that runs something, now or later, holds the dump and says which it is."""
    found = demands(look(content), "active_content")
    assert any(name.startswith("sql-") for name in found)
    assert not rule or rule in found


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (SQL_SERVER, "dump-of-no-known-program"),
        (b"INSERT INTO t VALUES (1);\n", "dump-of-no-known-program"),
        (b"a warning of the program\n" + postgres(), "dump-of-no-known-program"),
        (postgres().decode().encode("utf-16"), "dump-in-wide-letters"),
        (mysql(tail=b"Frobnicate the patient;\n"), "sql-unknown-statement"),
        (mysql(tail=b"/*!99999 ' */ DROP TABLE t; /*!99999 ' */;\n"), "sql-ambiguous"),
        (postgres(tail=b"SET standard_conforming_strings = off;\n"), "sql-string-mode"),
    ],
)
def test_what_nobody_can_vouch_for_is_held(content: bytes, rule: str) -> None:
    """A dump is believed when its program is known, and with it the meaning of each letter."""
    assert rule in demands(look(content), "active_content")


def test_an_unsigned_text_is_never_called_malicious() -> None:
    """Where nobody knows what a backslash means, a shell command may be half of a letter."""
    seen = look(b"INSERT INTO t VALUES ('a\\'; \\! id ');\n")
    assert all(
        f.severity.value != "malicious" for o in seen.outcomes for f in getattr(o, "findings", ())
    )


def test_views_are_noted() -> None:
    """A view that computes is no danger, and worth a word."""
    view = b"CREATE VIEW public.v AS\n SELECT stay.id FROM public.stay;\n"
    assert "sql-view" in notes(look(postgres(tail=view)), "active_content")
    assert _demands(postgres(tail=view)) == set()


@pytest.mark.parametrize("name", DUMPS)
def test_a_dump_that_is_cut_anywhere_is_cut(name: str) -> None:
    """The last line of its program is missing, wherever else it stops."""
    whole = DUMPS[name]
    chance = random.Random(7)
    for _ in range(25):
        at = chance.randrange(200, len(whole) - 80)
        assert "cut" in _damage(whole[:at])


@pytest.mark.parametrize("name", DUMPS)
def test_blocks_that_were_never_written_are_zeros(name: str) -> None:
    """Zeros at the end and within are damage without malice."""
    whole = DUMPS[name]
    at = len(whole) // 2
    assert _damage(whole[:at] + bytes(4096)) == {"zero-filled-end"}
    assert "zero-filled" in _damage(whole[:at] + bytes(256) + whole[at + 256 :])


@pytest.mark.parametrize("name", DUMPS)
def test_noise_in_a_dump_is_encryption(name: str) -> None:
    """Whole blocks and stripes of noise are the encryption scanner's word."""
    whole = {"postgresql": postgres(900), "mysql": mysql(900), "sqlite": sqlite(900)}.get(
        name, DUMPS[name] * 8
    )
    at = len(whole) // 2
    assert "random-region" in demands(look(whole[:at] + noise(8192) + whole[at:]), "encryption")


def test_stripes_of_noise_are_found() -> None:
    """LockFile's way: sixteen bytes of every thirty-two."""
    whole = postgres(900)
    striped = overwrite(whole, stripes(len(whole), 16, 16, first=8192))
    assert _damage(striped)


def test_a_letter_that_is_none_is_damage() -> None:
    """The dump says that it is UTF-8: one byte that is no letter was not written by its program."""
    whole = postgres()
    changed = whole.replace(b"seen", b"se\xe9n", 1)
    assert _damage(changed) == {"broken-structure"}


def _binary(value: bytes) -> bytes:
    """Write a value as mysqldump writes it without --hex-blob."""
    escaped = value.replace(b"\\", b"\\\\")
    for sign, code in ((b"'", b"'"), (b'"', b'"'), (b"\x00", b"0"), (b"\n", b"n"), (b"\r", b"r")):
        escaped = escaped.replace(sign, b"\\" + code)
    return b"_binary '" + escaped.replace(b"\x1a", b"\\Z") + b"'"


def test_pictures_in_a_dump_of_mysql_are_no_noise() -> None:
    """Binary columns are raw bytes, but for those that are escaped."""
    content = mysql(mysql_row(1, _binary(noise(20_000))))
    assert look(content).media_type == "application/sql"
    assert _damage(content) == set()
    assert _demands(content) == {"sealed-value"}


PROGRAM, REPORT = PE, pdf()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (mysql(mysql_row(1, _binary(PROGRAM))), "program-in-value"),
        (mysql(mysql_row(1, b"0x" + PROGRAM.hex().encode())), "program-in-value"),
        (mysql(mysql_row(1, b"X'" + PROGRAM.hex().encode() + b"'")), "program-in-value"),
        (mysql(mysql_row(1, b"'" + base64.b64encode(REPORT) + b"'")), "embedded-document"),
        (postgres(b"1\ta\t\\N\t1.5\t\\\\x" + PROGRAM.hex().encode() + b"\n"), "program-in-value"),
        (postgres(b"1\ta\t\\N\t1.5\t" + base64.b64encode(REPORT) + b"\n"), "embedded-document"),
    ],
)
def test_a_file_in_a_value_is_found_however_it_is_written(content: bytes, rule: str) -> None:
    """Digits, escapes and base64 hide nothing: what a click takes out again is held."""
    assert rule in demands(look(content), "active_content")


# With quotation marks, line ends and zeros, and packed bytes that look like other beginnings.
LETTER = pdf(stream(b"'\x01 \\'" + noise(9000), packed=False))


@pytest.mark.parametrize(
    "content",
    [
        mysql(mysql_row(1) + b"," + mysql_row(2, _binary(LETTER))),
        mysql(mysql_row(1, b"0x" + LETTER.hex().encode())),
        postgres(tail=b"INSERT INTO t VALUES ('\\x" + LETTER.hex().encode() + b"');"),
        postgres(b"1\ta\t\\N\t1.5\t\\\\x" + LETTER.hex().encode() + b"\n"),
        sqlite(tail=b"INSERT INTO stay VALUES(999,'a',X'" + LETTER.hex().encode() + b"');\n"),
    ],
)
def test_a_document_in_a_value_is_taken_out(content: bytes) -> None:
    """It comes out as it was, and is inspected like a member of an archive."""
    seen = look(content)
    assert demands(seen, "active_content") == set()
    assert has_parts(seen)
    assert [p.content for p in READERS["application/sql"](content, Means())] == [LETTER]


def test_what_is_not_all_of_a_document_is_not_taken_out() -> None:
    """A digit too few, or more than is looked at: then the dump waits."""
    odd = postgres(tail=b"INSERT INTO t VALUES ('\\x" + LETTER.hex().encode()[:-1] + b"');")
    assert "document-in-value" in demands(look(odd), "active_content")
    assert [p.content for p in READERS["application/sql"](odd, Means())] == []
    few = Means(limits=Limits(most_members=0))
    with pytest.raises(LimitError):
        list(READERS["application/sql"](mysql(mysql_row(1, _binary(LETTER))), few))


def test_a_dump_without_remarks_is_signed_by_its_first_statement() -> None:
    """With --skip-comments or --compact it keeps the alphabet first: its escapes are known."""
    ended = b"/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;\n"
    whole = mysql(mysql_row(1, _binary(jpeg())), tail=ended)
    skipped = b"".join(line for line in whole.splitlines(True) if not line.startswith(b"--"))
    assert look(skipped).media_type == "application/sql"
    assert _demands(skipped) == set()
    assert _damage(skipped[: len(skipped) * 2 // 3]) == {"cut"}
    rows = b"INSERT INTO `t` VALUES (1,'l\\'hopital');\n"
    compact = b"/*!40101 SET @saved_cs_client     = @@character_set_client */;\n" + rows
    assert _demands(compact) == set()
    assert _damage(compact[:-9]) == {"cut"}


def test_where_nobody_says_whose_escapes_they_are_no_text_is_called_open() -> None:
    """The statements wait, and are not given up as cut."""
    content = b"INSERT INTO `t` VALUES (1,'l\\'hopital');\n" * 9
    assert _damage(content) == set()
    assert "dump-stops" in demands(look(content), "active_content")


def test_a_table_that_goes_on_counting_is_altered_as_dumps_do() -> None:
    """At its end phpMyAdmin says which column counts, and from where."""
    counting = b"ALTER TABLE `stay`\n  MODIFY `id` int(11) NOT NULL AUTO_INCREMENT%s;\n"
    assert _demands(mysql(mysql_row(1), tail=counting % b", AUTO_INCREMENT=3")) == set()
    changed = counting.replace(b" NOT NULL AUTO_INCREMENT", b"") % b", AUTO_INCREMENT=3"
    assert _demands(mysql(mysql_row(1), tail=changed)) == {"sql-alter"}


def test_pictures_in_values_are_noted() -> None:
    """A picture in a column is no reason to hold a dump."""
    content = mysql(mysql_row(1, _binary(jpeg())))
    assert _demands(content) == set()
    assert "picture-in-value" in notes(look(content), "active_content")


def test_a_dump_that_is_too_large_says_what_would_make_it_readable() -> None:
    """Whoever can dump the database once more learns how; other contents are only too large."""
    limits = Limits(most_content_bytes=5000)
    told = {
        content[:2]: silence(look_forked(content, limits), "active_content")
        for content in (mysql(rows=400), b"words " * 2000)
    }

    assert {
        b"--": "larger than 5000 bytes: dump this database table by table",
        b"wo": "larger than 5000 bytes",
    } == told
