"""Content of every kind, changed at random: no reader raises anything that has no name."""

import struct
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.outcome import NotScanned, Scanned
from sanitizers.limits import Limits
from sanitizers.names import names_findings
from sanitizers.registry import BUILT_IN, look_forked, look_resident
from sanitizers.sniffing import open_sample
from tests.corpus.ciphered_pdfs import METHODS, ciphered_pdf
from tests.corpus.compounds import WORD_97, atom, compound, sheet, workbook
from tests.corpus.disguises import CDA, HL7, JAR, MACROS, MHT, PE, TYPES
from tests.corpus.images import bmp, dicom, gif, jpeg, png, tiff
from tests.corpus.packages import archive, docx, odt, xlsx
from tests.corpus.pdfs import object_stream, pdf, stream

PAGE = b"<!DOCTYPE html><html><head><title>a</title></head><body><p class='x'>a</p></body></html>"
SAMPLES: tuple[bytes, ...] = (
    *(case.content for case in TYPES.values()),
    *(ciphered_pdf(method, b"<</S/JavaScript>>") for method in METHODS.values()),
    *(pdf(stream(b"x" * 90), object_stream(b"<</A 1>>")), docx(), xlsx(), odt(), MACROS, JAR),
    *(archive({"a.txt": b"a" * 900}), jpeg(), png(), gif(), bmp(), tiff(), dicom(), dicom()[132:]),
    compound({"WordDocument": WORD_97, "Macros/VBA/dir": b"x" * 90}),
    compound({"Workbook": workbook(sheet(0), sheet(1))}),
    compound({"PowerPoint Document": atom(1000, b"x" * 20), "Current User": b"x" * 40}),
    *(b"{\\rtf1{\\field{\\*\\fldinst HYPERLINK x}}}", PAGE, CDA, HL7, MHT, PE),
    b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>",
    b'{"resourceType":"Patient"}\n{"resourceType":"Patient"}\n',
    b"a;b\n1;=SUM(A1)\n2;3\n",
    "a;b\n1;\u00e9\n2;3\n".encode("utf-16"),
)
LIMITS = Limits(most_content_bytes=1 << 20, most_expanded_bytes=1 << 22, most_member_bytes=1 << 21)
ODD_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Change = Callable[[bytes, int], bytes]


def _patched(patch: bytes) -> Change:
    return lambda content, at: content[:at] + patch + content[at + len(patch) :]


def _inserted(patch: bytes) -> Change:
    return lambda content, at: content[:at] + patch + content[at:]


def _dropped(size: int) -> Change:
    return lambda content, at: content[:at] + content[at + size :]


def _repeated(size: int) -> Change:
    return lambda content, at: content[:at] + content[at : at + size] * 3 + content[at + size :]


changes = st.one_of(
    st.binary(min_size=1, max_size=40).map(_patched),
    st.binary(min_size=1, max_size=40).map(_inserted),
    st.integers(min_value=1, max_value=400).map(_dropped),
    st.integers(min_value=1, max_value=400).map(_repeated),
    st.sampled_from(ODD_NUMBERS).map(lambda number: _patched(struct.pack("<I", number))),
    st.sampled_from(ODD_NUMBERS).map(lambda number: _patched(struct.pack(">I", number))),
    st.sampled_from(SAMPLES).map(lambda other: _inserted(other[:200])),
)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(changes, st.floats(min_value=0, max_value=1)), min_size=1, max_size=5),
)
def test_changed_content_is_judged_or_has_a_named_fault(
    content: bytes, edits: list[tuple[Change, float]]
) -> None:
    """Both lanes give the outcome of each scanner, whatever a reader meets."""
    for change, place in edits:
        content = change(content, int(place * len(content)))
    inspection = look_forked(content, LIMITS)
    assert inspection.media_type
    assert [scanner.name for scanner in BUILT_IN] == [o.scanner for o in inspection.outcomes]
    assert all(isinstance(outcome, Scanned | NotScanned) for outcome in inspection.outcomes)
    opened = open_sample(content, LIMITS)
    look_resident(opened)
    names_findings(b"a.pdf", opened.report)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 8, 12, 16, 26, 32, 64, 128, 132, 512, 1080])
def test_every_kind_may_be_cut_anywhere(size: int) -> None:
    """The first bytes of each sample alone are judged, and nothing raises."""
    for content in SAMPLES:
        assert look_forked(content[:size], LIMITS).media_type
