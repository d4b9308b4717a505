"""What is said of Publisher documents: by their chunks, by noise in them, by what stands beside."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError, UnsupportedError
from formats.publisher import check_contents, check_quill, check_shapes
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, overwrite
from tests.corpus.looking import demands, look, silence
from tests.corpus.publications import block, contents, publication, quill, shapes

_CHUNK = block(2, 0x20, bytes(4)) + block(1, 0xC0, b"word" * 9)


def test_a_whole_publication_is_understood_and_asks_for_nothing() -> None:
    """Empty storages for code and objects stand in every one."""
    seen = look(publication())
    assert seen.media_type == "application/x-mspublisher"
    scanners = ("file_type", "integrity", "encryption", "active_content")
    assert [demands(seen, name) for name in scanners] == [set()] * 4
    assert [silence(seen, name) for name in scanners] == [""] * 4


def test_chunks_are_counted_to_the_directory() -> None:
    """Each ends where the next one begins."""
    assert check_contents(contents(_CHUNK, _CHUNK, _CHUNK)) == 3


@pytest.mark.parametrize(
    ("stream", "error"),
    [
        (contents(_CHUNK, gap=b"between"), MalformedError),
        (contents(), MalformedError),
        (contents(block(1, 0x20, b"")), MalformedError),
        (contents(_CHUNK)[:-9], TruncatedError),
        (contents(_CHUNK)[:20], TruncatedError),
        (b"\xe8\xac\x22\x00" + bytes(60), UnsupportedError),
        (b"\x11\x22\x33\x44" + bytes(60), MalformedError),
    ],
)
def test_contents_that_do_not_follow_one_another_are_named(
    stream: bytes, error: type[FormatError]
) -> None:
    """Nothing stands between two chunks, and nothing in a block goes on beyond it."""
    with pytest.raises(error):
        check_contents(stream)


def test_lists_of_a_text_and_records_of_shapes_are_followed() -> None:
    """A chunk beyond the text is a cut, a list in circles is none."""
    check_quill(quill("a"))
    check_shapes(shapes())
    with pytest.raises(TruncatedError):
        check_quill(quill("many letters")[:-4])
    circle = bytearray(quill("a"))
    circle[28:32] = (24).to_bytes(4, "little")
    with pytest.raises(MalformedError):
        check_quill(bytes(circle))
    with pytest.raises(TruncatedError):
        check_shapes(shapes()[:-12])


def test_a_sector_of_noise_in_a_part_is_encryption() -> None:
    """No part of a publication but its pictures is packed."""
    content = publication()
    at = content.index("La consultation".encode("utf-16-le")) // 512 * 512 + 512
    assert demands(look(overwrite(content, [(at, at + 1024)])), "encryption") == {"random-region"}


@pytest.mark.parametrize("pattern", ["full", "head 4 KiB", "every second sector"])
def test_encrypted_publications_are_so_named_or_unknown(pattern: str) -> None:
    """None is whole."""
    changed = ENCRYPTIONS[pattern](publication())
    assert demands(look(changed), "encryption") or silence(look(changed), "active_content")


@pytest.mark.parametrize("damage", [*CUTS.values(), SPARING["sectors from 512"]])
def test_no_damaged_publication_asks_for_nothing(damage: object) -> None:
    """Cuts and sectors of noise leave a contradiction."""
    assert callable(damage)
    seen = look(damage(publication()))
    assert demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize(
    ("name", "rule"), [("VBA/dir", "ole2-macros"), ("Objects/1/\x01Ole", "ole2-object")]
)
def test_code_and_objects_are_active(name: str, rule: str) -> None:
    """What lies in the storages is what makes them so."""
    seen = look(publication(**{name: b"Attribut VB_Name"}))
    assert demands(seen, "active_content") == {rule}


def test_rows_of_a_database_are_a_connection() -> None:
    """A letter for many is filled in from elsewhere."""
    words = block(1, 0xC0, "Provider=MSDASQL;DSN=ward".encode("utf-16-le"))
    seen = look(publication(contents=contents(words)))
    assert demands(seen, "active_content") == {"ole2-data-connection"}


def test_a_part_that_is_not_known_is_not_passed_over() -> None:
    """Silence about it would be no proof."""
    seen = look(publication(**{"Quill/Other": b"unknown"}))
    assert "parts that no publication is known to have" in silence(seen, "active_content")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_a_named_fault_or_none(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves a reader."""
    for whole, check in (
        (contents(_CHUNK, _CHUNK), check_contents),
        (quill("text"), check_quill),
        (shapes(), check_shapes),
    ):
        place = at % len(whole)
        with suppress(FormatError):
            check(whole[:place] + change + whole[place + len(change) :])
