import pytest

from formats.faults import FormatError
from formats.ooxml import Relationship, read_content_types, read_relationships
from tests.corpus.packages import WORD_MAIN, content_types, relationships


def test_a_part_has_the_type_of_its_own_entry_or_of_its_extension() -> None:
    """The entry goes first, and case does not matter."""
    types = read_content_types(content_types(WORD_MAIN, png="image/png"))
    assert types.of("word/Document.xml") == WORD_MAIN
    assert types.of("/word/media/a.PNG") == "image/png"
    assert types.of("word/unknown.bin") == ""


def test_relationships_have_a_kind_a_target_and_a_side() -> None:
    """The last word of the type is the kind, in transitional and strict files alike."""
    xml = relationships(("hyperlink", "https://a", True), ("image", "media/a.png", False))
    assert read_relationships(xml) == (
        Relationship(kind="hyperlink", untrusted_target="https://a", external=True),
        Relationship(kind="image", untrusted_target="media/a.png", external=False),
    )


@pytest.mark.parametrize("xml", [b"", b"<Types>", b"<!DOCTYPE a><Types/>"])
def test_parts_that_cannot_be_read_are_named_faults(xml: bytes) -> None:
    """A broken list of parts is never an empty one."""
    with pytest.raises(FormatError):
        read_content_types(xml)
    with pytest.raises(FormatError):
        read_relationships(xml)
