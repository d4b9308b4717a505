"""Signed documents are held, unless a person gives their signature up; then it is gone and said."""

import pytest

from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.registry import disarmer_of
from tests.corpus.active_pdfs import page_pdf
from tests.corpus.office_cases import HELLO
from tests.corpus.office_parts import text
from tests.corpus.open_documents import document

TEXT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
SIGNATURE = "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml"
GIVEN_UP = frozenset({Switch.ALTHOUGH_SIGNED})
NOTHING: frozenset[Switch] = frozenset()
SIGNED_PDF = page_pdf(
    b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Sig/T(s)/V 7 0 R>>",
    b"<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>",
    catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>/AcroForm<</Fields[6 0 R]>>",
    page=b"/Annots[6 0 R]",
)
SIGNED = {
    "application/pdf": (SIGNED_PDF, "pdf.signature"),
    TEXT: (
        text(HELLO)
        .part("_xmlsignatures/sig1.xml", SIGNATURE, "<a/>")
        .part("_xmlsignatures/origin.sigs", f"{SIGNATURE[:58]}-origin", "")
        .link("", "s", f"{PACKAGE}/origin", "_xmlsignatures/origin.sigs")
        .link("_xmlsignatures/origin.sigs", "s", f"{PACKAGE}/signature", "sig1.xml")
        .built(),
        "ooxml.signature",
    ),
    "application/vnd.oasis.opendocument.text": (
        document(
            "<text:p>Le patient va bien</text:p>",
            members={"META-INF/documentsignatures.xml": b"<a/>"},
        ),
        "odf.signature",
    ),
}
cases = pytest.mark.parametrize("media_type", SIGNED)


@cases
def test_a_signed_document_is_held(media_type: str) -> None:
    """Whether its signature matters nobody else can say."""
    with pytest.raises(CannotDisarmError, match="signed"):
        disarmer_of(media_type).disarm(SIGNED[media_type][0], NOTHING)


@cases
def test_a_person_may_give_the_signature_up(media_type: str) -> None:
    """The copy is proven like any other, and its report names what it lacks."""
    content, code = SIGNED[media_type]
    disarmer = disarmer_of(media_type)
    made = disarmer.disarm(content, GIVEN_UP)

    assert code in {removed.code for removed in made.removed}
    assert () == disarmer.walk(made.content)
    assert disarmer.measure(content) == disarmer.measure(made.content)
    assert made.content == disarmer.disarm(made.content, GIVEN_UP).content
    assert made.content == disarmer.disarm(made.content, NOTHING).content
