import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.faults import FormatError
from formats.fonts import Font, read_font
from tests.corpus.damaging import CUTS, ENCRYPTIONS, ZEROS, noise, overwrite
from tests.corpus.disguises import PE
from tests.corpus.fonts import GLYPHS, TABLES, collection, font, woff
from tests.corpus.looking import demands, look, silence

WHOLE = {
    "font/ttf": font(),
    "font/otf": font(flavor=b"OTTO"),
    "font/collection": collection(),
    "font/woff": woff(),
}


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("kind", WHOLE)
def test_whole_fonts_are_understood(kind: str) -> None:
    """Every table fits its sum, and nothing else is there."""
    seen = look(WHOLE[kind])
    assert seen.media_type == kind
    assert [demands(seen, o.scanner) for o in seen.outcomes] == [set()] * len(seen.outcomes)
    assert not any(silence(seen, o.scanner) for o in seen.outcomes)


@pytest.mark.parametrize("kind", WHOLE)
def test_noise_in_any_table_is_seen(kind: str) -> None:
    """A whole table, a block, stripes, a tail and what is appended."""
    for name in ("4 of 16 KiB", "64 of 256", "every second sector", "tail 4 KiB", "footer 512 B"):
        changed = ENCRYPTIONS[name](WHOLE[kind])
        changed = WHOLE[kind][:400] + changed[400:]
        assert demands(look(changed), "encryption"), name


@pytest.mark.parametrize("kind", WHOLE)
def test_cuts_and_zeros_are_damage(kind: str) -> None:
    """A table beyond the last byte is missing; zeros do not fit a sum."""
    for cut in CUTS.values():
        assert damage(cut(WHOLE[kind])) == {"cut"}
    assert damage(ZEROS["zero block"](WHOLE[kind])) == {"zero-filled"}
    assert damage(ZEROS["zeros from 60 %"](WHOLE[kind])) <= {"zero-filled", "zero-filled-end"}


def test_one_wrong_bit_is_damage_but_for_dates() -> None:
    """Installers write into the head of a font, and leave its sum as it was."""
    whole = bytearray(font())
    whole[whole.index(GLYPHS[:64]) + 9] ^= 1
    assert damage(bytes(whole)) == {"broken-structure"}
    dated = bytearray(font())
    dated[dated.index(TABLES[b"head"]) + 30] ^= 1
    assert damage(bytes(dated)) == set()


def test_sums_that_were_never_made_prove_nothing() -> None:
    """Where most of them are wrong, their writer made none: nobody can vouch for the font."""
    whole = font()
    for record in range(12, 12 + 16 * len(TABLES), 16):
        whole = whole[: record + 4] + struct.pack(">I", 7) + whole[record + 8 :]
    assert damage(whole) == {"font-without-sums"}
    assert damage(overwrite(whole, [(8192, 12_288)])) == {"random-region"}
    assert damage(whole[:-1000] + bytes(1000)) == {"zero-filled"}


@pytest.mark.parametrize(
    "content",
    [
        font({**TABLES, b"SVG ": b"<svg onload='x()'/>"}),
        woff(notes=900),
        font()[:-1] + b"\x01",
    ],
)
def test_what_stands_beside_tables_is_not_passed_over(content: bytes) -> None:
    """Drawings of markup, notes and private bytes; a filling of other bytes than zeros."""
    seen = look(content)
    assert silence(seen, "integrity") or demands(seen, "integrity")


def test_a_program_behind_a_font_is_held() -> None:
    """Its end is known."""
    assert damage(font() + PE) == {"trailing-data"}
    assert damage(font() + noise(700)) == {"random-trailer"}


@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_any_change_leaves_a_font_or_a_named_fault(kind: str, data: st.DataObject) -> None:
    """Nothing else is raised."""
    at = data.draw(st.integers(0, 200))
    changed = overwrite(WHOLE[kind], [(at, at + data.draw(st.integers(1, 40)))])
    with suppress(FormatError):
        assert isinstance(read_font(changed), Font)
