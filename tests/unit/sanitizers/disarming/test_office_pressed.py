"""Whatever is done to a document, its disarmer ends in a copy or in a named reason."""

from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError, Disarmer, Switch
from sanitizers.disarming.office import documents, opendocument
from sanitizers.disarming.zipped import pack, unpack
from tests.corpus.office_cases import CASES
from tests.corpus.open_documents import OPEN_CASES
from tests.corpus.presentations import SLIDE_CASES

SEEDS = [
    *((documents.DISARMER, unpack(case.content)) for case in CASES.values()),
    *((documents.DISARMER, unpack(content)) for content, _ in SLIDE_CASES.values()),
    *((opendocument.DISARMER, unpack(case.content)) for case in OPEN_CASES.values()),
]
PIECES = (
    *(b"r:id", b"<", b">", b"/>", b'"', b"w:fldChar", b"begin", b"end", b"separate", b"instrText"),
    *(b"DDE", b"<w:p/>", b"External", b"xl/", b"../", b"%2e", b"&#x44;", b"<!--", b"]]>", b"Id="),
    *(b"oleObj", b"definedName", b"mc:AlternateContent", b"mc:Choice", b"xlink:href", b"\x00"),
    *(b"worksheet", b"hyperlink", b"image", b"package", b"\xff\xfe", b"xmlns=", b"macro="),
)


@st.composite
def pressed(draw: st.DrawFn) -> tuple[Disarmer, bytes]:
    """A document of which one part was cut, doubled, or sprinkled with words of the format."""
    disarmer, members = draw(st.sampled_from(SEEDS))
    name = draw(st.sampled_from(sorted(members)))
    content = members[name]
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        gone = draw(st.sampled_from((0, 0, 1, 8, 60)))
        content = content[:at] + draw(st.sampled_from(PIECES)) + content[at + gone :]
    return disarmer, pack({**members, name: content}.items(), stored="mimetype")


@settings(max_examples=400, deadline=None)
@given(pressed())
def test_a_pressed_document_ends_in_a_copy_or_a_reason(made: tuple[Disarmer, bytes]) -> None:
    """No error without a name leaves a disarmer, and what it makes it can make again."""
    disarmer, content = made
    no_switches: frozenset[Switch] = frozenset()
    try:
        copy = disarmer.disarm(content, no_switches).content
    except (CannotDisarmError, FormatError):
        return

    assert copy == disarmer.disarm(copy, no_switches).content
    assert disarmer.measure(copy).values
    assert isinstance(disarmer.walk(copy), tuple)
