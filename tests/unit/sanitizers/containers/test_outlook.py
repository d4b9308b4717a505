"""Outlook messages come apart; what contradicts itself, or lies elsewhere, has a name."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, LimitError
from formats.ole2 import Compound, kind_of_compound
from sanitizers.containers.outlook import unpack
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import DEFAULT_LIMITS, Limits
from tests.corpus.compounds import WORD_97, compound
from tests.corpus.containers import NOTE, TABLE, archive
from tests.corpus.outlook_messages import (
    BY_REFERENCE,
    MESSAGE,
    OBJECT,
    PROPERTIES,
    RTF,
    Attached,
    Mail,
    forwarded,
    outlook,
    packed_rtf,
    streams,
)

PAGE = b"<html><body><p>Bonjour</p></body></html>"
RICH = Mail(page=PAGE, rtf=packed_rtf(), attached=(Attached(content=TABLE),))
MESSAGE_TYPE = "application/vnd.ms-outlook"


def apart(content: bytes, limits: Limits = DEFAULT_LIMITS) -> list[Unpacked]:
    """The parts of a message."""
    return list(unpack(content, limits))


def refusals(content: bytes) -> list[str]:
    """What stands against the parts."""
    return [part.refusal for part in apart(content) if part.refusal]


def test_an_honest_message_comes_apart_without_remarks() -> None:
    """Strings, three bodies and an attachment under its name."""
    parts = apart(outlook(RICH))
    contents = [part.content for part in parts]

    assert [] == refusals(outlook(RICH))
    assert {b"Bonjour docteur,\nvoici les resultats.\n", PAGE, RTF, TABLE} <= set(contents)
    assert [(b"t.csv", TABLE)] == [(p.untrusted_name, p.content) for p in parts if p.untrusted_name]


def test_the_headers_of_a_message_are_kept() -> None:
    """What it came with, its subject and its recipients stand in one text."""
    strings = apart(outlook(RICH))[0].content

    assert b"From: labo@example.invalid\r\nTo: service" in strings
    assert b"0037: Resultats" in strings
    assert b"3001: Service" in strings


def test_an_attached_message_is_a_message_of_its_own() -> None:
    """It opens like one that was never attached, with its attachments and named properties."""
    (inside,) = (p.content for p in apart(outlook(forwarded(RICH))) if p.untrusted_name == b"TR")

    assert MESSAGE_TYPE == kind_of_compound(inside).media_type
    assert ("__nameid_version1.0",) in {entry.path for entry in Compound(inside).entries}
    assert [p.content for p in apart(outlook(RICH))] == [p.content for p in apart(inside)]


def test_an_object_is_a_document_of_its_own() -> None:
    """A Word document that stands in a storage is one, with its macros."""
    held = {"WordDocument": WORD_97, "Macros/VBA/dir": b"code"}
    own = Attached(name="o", content=held, method=OBJECT)
    (inside,) = (p for p in apart(outlook(Mail(attached=(own,)))) if p.untrusted_name)

    assert "application/msword" == kind_of_compound(inside.content).media_type
    assert ("Macros", "VBA", "dir") in {entry.path for entry in Compound(inside.content).entries}


@pytest.mark.parametrize(
    ("mail", "refusal"),
    [
        (Mail(attached=(Attached(content=None, method=BY_REFERENCE),)), "content-elsewhere"),
        (Mail(attached=(Attached(content=None),)), "content-missing"),
        (Mail(attached=(Attached(content=None, method=MESSAGE),)), "content-missing"),
        (Mail(more={"WordDocument": WORD_97}), "another-document"),
        (Mail(rtf=packed_rtf()[:-4]), "truncated: the packed text is cut"),
        (Mail(rtf=b"\0" * 16), "truncated: the packed text is cut"),
    ],
)
def test_what_cannot_be_had_has_a_name(mail: Mail, refusal: str) -> None:
    """Contents that lie elsewhere, are missing, or are another document's."""
    assert [refusal] == refusals(outlook(mail))


def changed(mail: Mail, tag: int, size: int) -> bytes:
    """A message whose property claims another size."""
    held = streams(mail)
    table = bytearray(held[PROPERTIES])
    place = next(
        p for p in range(32, len(table), 16) if struct.unpack_from("<I", table, p)[0] == tag
    )
    struct.pack_into("<I", table, place + 8, size)
    return compound(held | {PROPERTIES: bytes(table)})


def test_a_size_that_lies_is_named() -> None:
    """A property has to say how long its stream is, with or without the end of a string."""
    tag, wide = 0x1000001F, 2 * len(Mail().text)

    assert ["property-size-mismatch"] == refusals(changed(Mail(), tag, wide - 8))
    assert ["property-size-mismatch"] == refusals(changed(Mail(), tag, wide + 1))
    assert [] == refusals(changed(Mail(), tag, wide))
    assert [] == refusals(changed(Mail(), tag, wide + 2))


def test_what_is_said_twice_or_not_at_all_is_named() -> None:
    """A property that comes twice, one without a stream, and a level without properties."""
    held = streams(Mail())
    twice = held | {PROPERTIES: held[PROPERTIES] + held[PROPERTIES][-16:]}
    absent = {path: content for path, content in held.items() if "1000001F" not in path}
    bare = {
        path: content
        for path, content in held.items()
        if path != f"__recip_version1.0_#00000000/{PROPERTIES}"
    }

    assert ["duplicate-property"] == refusals(compound(twice))
    assert ["property-without-content"] == refusals(compound(absent))
    assert ["properties-missing"] == refusals(compound(bare))


def test_properties_that_are_no_rows_are_malformed() -> None:
    """The whole message is then one that cannot be read."""
    held = streams(Mail())

    with pytest.raises(FormatError, match="rows"):
        apart(compound(held | {PROPERTIES: held[PROPERTIES][:-3]}))


@pytest.mark.parametrize("path", ["Macros/VBA/dir", "__substg1.0_80010102", "stray"])
def test_what_is_hidden_beside_a_message_comes_out(path: str) -> None:
    """Storages that no message has, and files under properties that no program shows."""
    hidden = archive({"v.txt": NOTE})
    parts = apart(outlook(Mail(more={path: hidden})))

    assert any(hidden in part.content for part in parts)


def test_a_message_of_too_many_parts_is_a_limit() -> None:
    """Contents that share their bytes are counted as they come out, not as they are stored."""
    mail = Mail(attached=tuple(Attached(name=f"{n}", content=NOTE) for n in range(20)))

    with pytest.raises(LimitError):
        apart(outlook(mail), Limits(most_members=10))
    with pytest.raises(LimitError):
        apart(outlook(mail), Limits(most_expanded_bytes=15 * len(NOTE)))


def test_an_attachment_that_is_too_large_is_refused_alone() -> None:
    """The others are still looked at."""
    mail = Mail(attached=(Attached(content=NOTE * 900), Attached(name="b", content=TABLE)))
    parts = apart(outlook(mail), Limits(most_content_bytes=1 << 16))

    assert ["limit: a part of more than 65536 bytes"] == [p.refusal for p in parts if p.refusal]
    assert TABLE in [part.content for part in parts]


def test_storages_that_are_nested_too_deeply_are_a_limit() -> None:
    """No reader of ours passes over what lies below."""
    with pytest.raises(LimitError):
        apart(outlook(forwarded(Mail(), 20)))


SEED = outlook(forwarded(RICH))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SEED) - 1), st.binary(min_size=1, max_size=16), st.integers(0, 600))
def test_any_change_ends_in_parts_or_a_named_fault(at: int, put: bytes, cut: int) -> None:
    """Nothing but the named faults leaves the reader, and what comes out is bounded."""
    limits = Limits(most_expanded_bytes=1 << 20)
    for content in (SEED[:at] + put + SEED[at + len(put) :], SEED[:at] + put + SEED[at + cut :]):
        with suppress(FormatError):
            assert sum(len(part.content) for part in apart(content, limits)) <= 1 << 20
