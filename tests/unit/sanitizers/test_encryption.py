import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.finding import FindingKind
from custody.outcome import Inspection, Scanned
from custody.verdict import Required, Verdict, judge
from sanitizers.limits import Limits
from sanitizers.names import names_findings, names_outcome
from sanitizers.registry import BUILT_IN, look_forked
from sanitizers.sniffing import sniff
from tests.corpus.damaging import CUTS, ENCRYPTIONS, ZEROS, noise, overwrite
from tests.corpus.images import dicom, element
from tests.corpus.intact import INTACT
from tests.corpus.looking import demands, look, silence

REQUIRED = Required(scanners=frozenset(scanner.name for scanner in BUILT_IN))
# A text has no end of its own, and a message or a list may end anywhere.
ENDLESS = frozenset({"letter.txt", "results.hl7", "stays.csv"})


def verdict(content: bytes, name: str) -> Verdict:
    """Return the verdict of content under a name."""
    names = names_outcome(names_findings(os.fsencode(name), sniff(content)))
    return judge((*look_forked(content).outcomes, names), REQUIRED).verdict


@pytest.mark.parametrize("name", INTACT)
def test_intact_content_is_neither_encrypted_nor_damaged(name: str) -> None:
    """Every type is whole before it is damaged here."""
    assert verdict(INTACT[name], name) not in (Verdict.ENCRYPTED, Verdict.DAMAGED)


@pytest.mark.parametrize("pattern", ENCRYPTIONS)
@pytest.mark.parametrize("name", INTACT)
def test_every_pattern_is_called_encrypted(name: str, pattern: str) -> None:
    """Whole, heads, tails, stripes, sectors and footers are all named so."""
    assert verdict(ENCRYPTIONS[pattern](INTACT[name]), name) is Verdict.ENCRYPTED


@pytest.mark.parametrize("name", INTACT)
def test_a_new_extension_hides_nothing(name: str) -> None:
    """What attackers append leaves the name as a witness."""
    content = ENCRYPTIONS["full"](INTACT[name])
    assert verdict(content, f"{name}.id[7A-1].[x@y.example].lock") is Verdict.ENCRYPTED


@pytest.mark.parametrize("damage", CUTS)
@pytest.mark.parametrize("name", [name for name in INTACT if name not in ENDLESS])
def test_a_cut_is_damage_and_no_encryption(name: str, damage: str) -> None:
    """Nothing stands where something has to: nobody encrypted it."""
    assert verdict(CUTS[damage](INTACT[name]), name) is Verdict.DAMAGED


@pytest.mark.parametrize("damage", ZEROS)
@pytest.mark.parametrize("name", INTACT)
def test_zeros_are_damage_and_no_encryption(name: str, damage: str) -> None:
    """A power failure is not an attack."""
    assert verdict(ZEROS[damage](INTACT[name]), name) is Verdict.DAMAGED


@pytest.mark.parametrize("name", ["container.bin", "volume", "backup.bak", "ward.db", "a.gpg"])
def test_noise_of_no_known_type_is_indeterminate(name: str) -> None:
    """A sealed container, an encrypted database and a backup look the same."""
    assert verdict(noise(65_536), name) is Verdict.INDETERMINATE


def test_an_encrypted_database_of_pages_is_not_called_encrypted() -> None:
    """Clear page headers before random bodies are a product's own encryption."""
    page = b"\x01\x02\x00\x00" + bytes(92)
    pages = b"".join(page + noise(8192 - 96, n) for n in range(20))
    assert verdict(pages, "hospital.dat") is Verdict.INDETERMINATE


def test_packed_pixels_may_look_random() -> None:
    """Fragments of a compressed study are not measured by statistics."""
    fragment = b"\xff\x4f\xff\x51" + noise(8000).replace(b"\xff", b"\x00")
    items = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x44\x1f\x00\x00" + fragment
    pixels = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + items + b"\xfe\xff\xdd\xe0" + bytes(4)
    content = dicom(element(8, 0x16, b"UI", b"1.2\x00") + pixels, syntax=b"1.2.840.10008.1.2.4.90")
    assert demands(look(content), "encryption") == set()


def test_the_finding_says_where_and_how_far() -> None:
    """An analyst sees the first byte of the noise and its extent."""
    content = INTACT["film.dcm"]
    changed = overwrite(content, [(16_384, 32_768)])
    (found,) = findings(look(changed))
    assert (found.kind, found.where) == (FindingKind.ENCRYPTION, "offset 16384")
    assert found.detail == "random-like from byte 16384 to 32768"


def findings(inspection: Inspection) -> tuple:
    """Return the findings of the encryption scanner."""
    return next(
        o.findings
        for o in inspection.outcomes
        if isinstance(o, Scanned) and o.scanner == "encryption"
    )


def test_what_is_too_large_is_not_scanned() -> None:
    """A part of a file proves nothing about the rest."""
    small = look_forked(b"words " * 9, Limits(most_content_bytes=10))
    assert silence(small, "encryption") == "larger than 10 bytes"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(INTACT)),
    st.integers(0, 60_000),
    st.binary(min_size=1, max_size=40),
    st.sampled_from(["changed", "cut"]),
)
def test_no_change_makes_a_check_raise(name: str, at: int, change: bytes, damage: str) -> None:
    """Every reader answers for every content: a finding, silence on purpose, or a reason."""
    content = INTACT[name]
    at %= len(content)
    rest = b"" if damage == "cut" else content[at + len(change) :]
    inspection = look_forked(content[:at] + change + rest)
    assert [outcome.scanner for outcome in inspection.outcomes] == [s.name for s in BUILT_IN]
