import pytest

from sanitizers.damage.text_ends import why_cut
from tests.corpus.looking import demands, look

_LINES = (
    "The patient was examined in the outpatient department (room 4).\n"
    "Nothing remarkable was found; the examination will be repeated.\n"
) * 5


@pytest.mark.parametrize(
    "last",
    [
        "The examinat",
        "It was agreed with the",
        "Elle est suivie par le",
        "De patient wordt behandeld met",
        "Three things were seen: a fever,",
        "The results (see below and the table",
        "The exam-",
    ],
)
def test_a_text_that_stops_amid_something_was_cut(last: str) -> None:
    """In a word, in a clause, in a bracket, before what a word leads to."""
    assert demands(look((_LINES + last).encode()), "integrity") == {"cut"}


@pytest.mark.parametrize(
    "last",
    [
        "The examination",
        "Kind regards",
        "License: MIT",
        "A formula: a+",
        "=====",
        "Room 4)",
        "OK.",
        "if (a <",
    ],
)
def test_many_writers_leave_out_the_last_line_end(last: str) -> None:
    """What ends in a whole word, a mark or a rule of signs is as it was written."""
    assert demands(look((_LINES + last).encode()), "integrity") == set()


def test_a_line_end_closes_whatever_stands_before_it() -> None:
    """Somebody ended that line."""
    assert demands(look((_LINES + "It was agreed with the\n").encode()), "integrity") == set()


def test_a_text_that_fills_its_blocks_and_no_line_was_cut() -> None:
    """File systems lose whole blocks."""
    content = (_LINES * 9).encode()
    whole = content[: len(content) // 512 * 512 - 1] + b"d"
    assert why_cut(whole) == "the last line fills its block, and does not end"
    assert why_cut(whole[:-1]) != "the last line fills its block, and does not end"


@pytest.mark.parametrize("end", [".", "?", ")", "}", ">", '"', "\u201d"])
def test_a_text_that_ends_in_a_sentence_may_fill_its_blocks(end: str) -> None:
    """One text in 512 does."""
    content = (_LINES * 9).encode()
    mark = end.encode()
    assert why_cut(content[: len(content) // 512 * 512 - len(mark)] + mark) == ""


def test_letters_without_blanks_may_fill_their_blocks() -> None:
    """Base64 and lists of numbers have no sentences."""
    lines = "VGhlIHBhdGllbnQgd2FzIGV4YW1pbmVkIGluIHRoZSBvdXRwYXRpZW50IGRlcGF\n" * 40
    assert why_cut(lines.encode()[:2560]) == ""


_PROSE = (
    "The patient was examined in the outpatient department, and nothing remarkable was found.\n\n"
    "The examination will be repeated in the outpatient department within a week or two.\n\n"
) * 4


def test_a_sentence_that_does_not_end_where_all_others_do_was_cut() -> None:
    """Whatever word it stops in."""
    reason = "the last sentence does not end"
    begun = "The patient was repeated nothing. The department will be examined within a week"
    assert why_cut((_PROSE + begun).encode()) == reason
    assert why_cut((_PROSE + begun + ".").encode()) == ""


@pytest.mark.parametrize(
    "last",
    [
        "Kind regards, the department",
        "The patient was repeated nothing. It will be examined, and then found. A. Peeters",
        "SEEN IN THE OUTPATIENT DEPARTMENT OF THE EXAMINED PATIENT IN A WEEK OR TWO",
    ],
)
def test_a_name_under_a_text_is_no_sentence(last: str) -> None:
    """Letters end in names and greetings, some in a heading."""
    assert why_cut((_PROSE + last).encode()) == ""


def test_where_sentences_do_not_end_in_marks_none_is_asked_for() -> None:
    """Lists and verses."""
    last = "The patient was repeated nothing. The department will be examined within a week"
    assert why_cut((_PROSE.replace(".\n", "\n") + last).encode()) == ""


def test_a_short_text_says_nothing() -> None:
    """A remark of a few words ends as it likes."""
    assert why_cut(b"\n".join([b"with the"] * 4)) == ""
    assert why_cut(b"a, b,\n" * 3 + b"and the") == ""


_VOCABULARY = (
    "Thromboplastin times were checked every fortnight by nurses whose handwriting nobody could "
    "decipher, although several colleagues volunteered explanations about abbreviations, symbols, "
    "dosages, schedules and allergies.\nBlood pressure remained stable throughout; oxygen was "
    "given during transport, then stopped.\nFollowing discharge, physiotherapy weekly improved "
    "mobility, balance, strength, appetite plus mood.\nRelatives visited often, brought flowers, "
    "books, photographs, music.\n"
)


@pytest.mark.parametrize("last", ["Her new physioth", "It was then brou"])
def test_a_word_that_ends_as_no_other_does_was_cut(last: str) -> None:
    """Sixty words of a language end in nearly all the ways in which its words do."""
    assert why_cut((_VOCABULARY + last).encode()) != ""


@pytest.mark.parametrize("last", ["See docs/examples/sampleg", "Regards, Dr. Vranckg", "a=ag"])
def test_names_and_addresses_end_in_any_letters(last: str) -> None:
    """Only words in small letters are words of the language."""
    assert why_cut((_VOCABULARY + last).encode()) == ""


def test_a_blank_that_no_other_line_ends_in_stood_before_a_word() -> None:
    """Some writers end all their lines in blanks."""
    reason = "no other line ends in a blank"
    assert why_cut((_LINES + "Nothing ").encode()) == reason
    assert why_cut((_LINES.replace("\n", " \n") + "Nothing ").encode()) == ""
    assert why_cut((_LINES + "See the guide. ").encode()) == ""
