import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError, UnsupportedError
from formats.markup import Attributes, Events, local_name, read_xml


def names(xml: bytes) -> list[str]:
    """Return the local names of all elements."""
    found: list[str] = []

    def on_start(name: str, _: Attributes) -> None:
        found.append(local_name(name))

    read_xml(xml, Events(on_start=on_start))
    return found


def test_elements_are_reported_with_their_namespace() -> None:
    """A prefix means nothing, the namespace it stands for does."""
    seen: list[str] = []
    read_xml(b"<p:a xmlns:p='urn:x'/>", Events(on_start=lambda name, _: seen.append(name)))
    assert seen == ["urn:x a"]
    assert names(b"<?xml version='1.0' encoding='utf-8'?><a><b/></a>") == ["a", "b"]


def test_instructions_and_texts_are_reported() -> None:
    """A style sheet instruction, and text in one piece, reach the caller."""
    seen: list[str] = []
    events = Events(on_instruction=lambda t, c: seen.append(f"{t} {c}"), on_text=seen.append)
    read_xml(b"<?xml-stylesheet href='a'?><a>caf\xc3\xa9 &amp; more</a>", events)
    assert seen == ["xml-stylesheet href='a'", "caf\u00e9 & more"]


@pytest.mark.parametrize(
    ("xml", "fault"),
    [
        (b"<!DOCTYPE a><a/>", UnsupportedError),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", UnsupportedError),  # nobody asked
        (b"<a><b></a>", MalformedError),
        (b"<a>\x01</a>", MalformedError),
        (b"<a/>tail", MalformedError),
        (b"<a><b/>", TruncatedError),
        (b"<a><b", TruncatedError),
        (b"", TruncatedError),
        (b"<?xml version='1.0' encoding='unheard-of'?><a/>", FormatError),
    ],
)
def test_what_is_not_read_whole_is_a_named_fault(xml: bytes, fault: type[FormatError]) -> None:
    """Document types are refused, cuts and mistakes are told apart."""
    with pytest.raises(fault):
        names(xml)


def test_old_encodings_are_read_as_they_are_declared() -> None:
    """What expat does not know is decoded first, so that a locked process needs no module."""
    words = {
        "windows-1250": "\u00e9",
        "iso-8859-15": "\u20ac",
        "koi8-r": "\u0431",
        "euc-jp": "\u60a3",
    }
    for encoding, word in words.items():
        seen: list[str] = []
        document = f"<?xml version='1.0' encoding='{encoding}'?><a>{word}</a>"
        read_xml(document.encode(encoding), Events(on_text=seen.append))
        assert seen == [word]
    with pytest.raises(MalformedError):
        names(b"<?xml version='1.0' encoding='euc-jp'?><a>\xff</a>")


def test_a_document_type_passes_where_it_is_asked_for() -> None:
    """Its names are handed on; an entity that is more than words is refused all the same."""
    seen: list[tuple[str, str]] = []
    events = Events(on_type=lambda system, public: seen.append((system, public)))
    read_xml(b"<!DOCTYPE a PUBLIC 'p' 's'><a/>", events)
    read_xml(b"<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>", events)
    assert seen == [("s", "p"), ("", "")]
    for entity in REFUSED:
        with pytest.raises(UnsupportedError):
            read_xml(b"<!DOCTYPE a [" + entity + b"]><a/>", events)


REFUSED = (
    b"<!ENTITY % b SYSTEM 'c'>",
    b"<!ENTITY b SYSTEM 'c'>",
    b"<!ENTITY % b 'c'>",
    b"<!ENTITY b '<c/>'>",
    b"<!ENTITY b '&#60;c/>'>",
    b"<!ENTITY b 'c'><!ENTITY d '&b;&b;'>",
    b"<!ENTITY b '" + b"c" * 257 + b"'>",
    b"".join(b"<!ENTITY b%d 'c'>" % number for number in range(65)),
)


def test_an_abbreviation_stands_for_its_words() -> None:
    """Drawing programs abbreviate the names of their vocabularies (XML 1.0 section 4.4)."""
    seen: list[tuple[str, Attributes]] = []
    document = b"<!DOCTYPE a [<!ENTITY v 'urn:drawn'>]><a xmlns='&v;' b='&v;'/>"
    events = Events(on_start=lambda *element: seen.append(element), on_type=lambda *_: None)
    read_xml(document, events)
    assert seen == [("urn:drawn a", {"b": "urn:drawn"})]


def test_abbreviations_never_grow_a_document_beyond_a_bound() -> None:
    """Sixteen thousand references to 256 letters are refused before the first is read."""
    document = b"<!DOCTYPE a [<!ENTITY v '%s'>]><a>%s</a>" % (b"c" * 256, b"&v;" * 16_385)
    with pytest.raises(UnsupportedError):
        read_xml(document, Events(on_type=lambda *_: None))


def test_a_prefix_without_a_namespace_is_only_a_name() -> None:
    """Well-formed is asked for (XML 1.0 2.1); what has no namespace keeps its local name."""
    seen: list[str] = []
    read_xml(b"<a><dom:b c:d='1'/></a>", Events(on_start=lambda name, _: seen.append(name)))
    assert seen[-2:] == ["a", "dom b"]
    with pytest.raises(MalformedError):
        names(b"<a><dom:b></a>")


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    """A hundred thousand open elements are a cut, not a crash."""
    with pytest.raises(TruncatedError):
        names(b"<a>" * 100_000)


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_elements_or_a_named_fault(xml: bytes) -> None:
    """Random bytes are never a document with no fault and no element."""
    try:
        found = names(xml)
    except FormatError:
        found = ["fault"]
    assert found
