import pytest

from formats.remains import look_at_remains
from sanitizers.names import names_findings
from sanitizers.sniffing import sniff
from tests.corpus.damaging import ENCRYPTIONS, noise, overwrite
from tests.corpus.disguises import HL7
from tests.corpus.looking import demands, look

PROSE = "Le patient a été reçu aux urgences, où l'on a constaté une fièvre élevée.\n" * 60
GREEK = "\u039f ασθενής εισήχθη στο νοσοκομείο με πυρετό και πόνο.\n" * 60
JAPANESE = "患者は発熱で入院しました。" * 30
TABLE = "nom;né le;valeur\n" + "".join(f"Dupont;1980-01-{n:02};{n},5\n" for n in range(1, 29))


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_table_in_any_encoding_ends_in_its_last_row(encoding: str) -> None:
    """In UTF-16 a line end is two bytes, and a whole row is no cut."""
    assert damage(TABLE.encode(encoding)) == set()
    cut = TABLE.encode(encoding)[: len(TABLE[:-6].encode(encoding))]
    assert damage(cut) == {"cut"}


def test_a_table_with_a_few_odd_rows_is_cut_where_a_quote_stays_open() -> None:
    """A note of two lines, and a remark, do not hide that the last field has no end."""
    rows = 'a;b;"c"\n' * 40 + "a remark\n" + 'a;b;"c"\n' * 40
    assert damage(rows.encode()) == set()
    assert damage(rows.encode() + b'a;b;"half of a word') == {"cut"}


def test_lines_that_end_in_their_only_separator_are_no_rows() -> None:
    """Statements of a program, and a remark without a line end behind them, are no table."""
    assert damage(b"export const ward: number;\n" * 9 + b"//# a remark") == set()
    assert damage(b"nurse;ward\n" * 9 + b"nur") == {"cut"}


@pytest.mark.parametrize("text", [PROSE, GREEK, JAPANESE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_texts_of_any_alphabet_are_whole(text: str, encoding: str) -> None:
    """Letters that are not Latin are letters, with a mark of their encoding or without one."""
    assert look(text.encode(encoding)).media_type.startswith("text/")
    assert damage(text.encode(encoding)) == set()


@pytest.mark.parametrize("encoding", ["shift_jis", "euc_jp", "gb18030"])
def test_texts_without_spaces_follow_the_rules_of_their_encoding(encoding: str) -> None:
    """Packed bytes break these rules, and have controls."""
    assert look(JAPANESE.encode(encoding)).media_type == "text/plain"
    assert look(noise(900)).media_type == "application/octet-stream"


def test_numbers_of_sixteen_bits_are_no_text() -> None:
    """A table of numbers decodes as UTF-16; its letters are in no use together."""
    for numbers in (range(2, 4096), range(0x4E00, 0x5E00), range(0, 60_000, 7)):
        content = b"".join(number.to_bytes(2, "little") for number in numbers)
        assert look(content).media_type == "application/octet-stream"


def test_a_batch_without_its_end_was_cut() -> None:
    """Who writes the beginning of a batch writes its end (HL7 v2.5 2.10.3)."""
    batch = b"FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r" + HL7 * 3
    assert damage(batch + b"BTS|3\rFTS|1\r") == set()
    assert damage(batch + b"BTS|3\r") == {"cut"}
    assert damage(batch) == {"cut"}


def test_half_the_name_of_a_segment_was_cut() -> None:
    """A message may lack its last line end, and its last segments may have few fields."""
    assert damage(HL7 * 3 + b"OBR|1|||GLU\rZBX|1") == set()
    assert damage(HL7 * 3 + b"OB") == {"cut"}


def test_a_page_may_leave_out_its_last_tags() -> None:
    """A page that stops behind a closed element, and not where a block ends, may be whole."""
    page = b"<html><body><ul>\n" + b"<li>ward</li>\n" * 30 + b"</ul>\n"
    assert damage(page) == set()
    assert damage(page[:-4]) == {"cut"}
    assert damage(page[:-1]) == set()
    assert damage(page[:-6] + b" " * (-len(page) % 512) + b"</ul>\n") == {"cut"}


@pytest.mark.parametrize("pattern", ["16 of 32", "64 of 192", "tail 4 KiB", "footer 512 B"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "cp1252"])
def test_noise_between_words_is_seen_in_every_encoding(encoding: str, pattern: str) -> None:
    """What is left of a text is words of that encoding, and what is between them is noise."""
    content = ENCRYPTIONS[pattern]((PROSE * 4).encode(encoding))
    seen = look(content)
    assert seen.media_type == "application/octet-stream"
    rules = {finding.rule for finding in names_findings(b"a.txt", sniff(content))}
    assert rules & {"noise-in-text", "header-destroyed"}


def test_a_mebibyte_in_the_middle_of_a_large_text_is_seen() -> None:
    """Both ends are whole; pieces in between are looked at."""
    whole = PROSE.encode() * 2000
    content = overwrite(whole, [(4 << 20, 5 << 20)])
    assert look_at_remains(content).random_parts
    assert not look_at_remains(whole).random_parts


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head><title>Ward</title><!-- all that follows is a rem",
        "<!DOCTYPE html><html><head><style>p { margin: 0 } td { color",
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>Ward 7 and its",
        "<!DOCTYPE html><html><head><title>Ward 7</title><meta charset='utf-8'>",
    ],
)
def test_a_page_that_stops_in_its_head_was_cut(page: str) -> None:
    """In a remark, in a style, in a title, or before its body."""
    assert "cut" in demands(look(page.encode()), "integrity")


def test_a_first_part_of_pages_may_end_behind_any_tag_that_ends_its_line() -> None:
    """Engines put the rest behind it; without what they replace it is a page that was cut."""
    page = b"<html><head><title>{{ ward }}</title></head><body>\n<div class='list'>\n"
    assert damage(page) == set()
    assert damage(page[:-1]) == damage(page[:-6]) == {"cut"}
    assert damage(page.replace(b"{{ ward }}", b"ward 12 b")) == {"cut"}


def test_a_page_that_speaks_of_a_style_behind_its_own_is_whole() -> None:
    """A remark that is closed holds no tags."""
    page = "<html><head><title>A</title></head><body>B<!-- see <style> --></body></html>"
    assert demands(look(page.encode()), "integrity") == set()
    assert demands(look(b"<p>A</p><!-- see <title> -->"), "integrity") == set()


def test_a_line_of_json_that_closes_an_inner_brace_only_was_cut() -> None:
    """Braces are counted, not only the last one."""
    whole = b'{"resourceType":"Patient","id":"1","meta":{"source":"a{b"}}\n' * 3
    assert demands(look(whole + whole[:58]), "integrity") == {"cut"}
    assert demands(look(whole + whole[:59]), "integrity") == set()


def test_a_bitmap_of_words_has_as_many_values_as_it_says() -> None:
    """Plain kinds of portable bitmaps are texts."""
    grey = b"P2\n# a remark of 3 words\n40 30\n255\n" + b"17 200 9 31\n" * 300
    bits = b"P1\n8 64\n" + b"01100110\n" * 64
    for whole in (grey, bits):
        assert demands(look(whole), "integrity") == set()
        assert demands(look(whole[:-12]), "integrity") == {"cut"}
    assert demands(look(b"P2 12 13 and other rooms\n" * 20), "integrity") == set()
