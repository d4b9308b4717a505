"""Pictures inside documents lose what pictures alone lose, and keep their pixels."""

import pytest

from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.pictures import left_in, plain_picture, shown_by
from sanitizers.disarming.registry import disarmer_of
from tests.corpus.active_images import IMAGES, WHOLE, jpeg_beside
from tests.corpus.active_pdfs import page_pdf
from tests.corpus.images import png
from tests.corpus.office_cases import HELLO
from tests.corpus.office_parts import text
from tests.corpus.open_documents import document
from tests.corpus.pdfs import stream

TEXT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NOTHING: frozenset[Switch] = frozenset()
SCRIPT = b"<script>alert(1)</script>"
HIDING = jpeg_beside(tail=SCRIPT)
IN_PNG = png() + SCRIPT
SHAPE = b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray"


def in_text(picture: bytes, name: str = "image1.jpeg") -> bytes:
    """Return a text with a picture."""
    return text(HELLO).linked("image", "image/jpeg", f"word/media/{name}", picture).built()


def in_open_text(picture: bytes) -> bytes:
    """Return an OpenDocument text with a picture."""
    body = '<text:p>Befund</text:p><draw:image xlink:href="Pictures/a.jpg"/>'
    return document(body, members={"Pictures/a.jpg": picture})


def in_pages(picture: bytes) -> bytes:
    """Return a PDF that draws a picture."""
    packing = b"/Filter[/DCTDecode]/DecodeParms[<</ColorTransform 0>>]"
    image = stream(picture, SHAPE + packing, packed=False)
    return page_pdf(image, resources=b"/XObject<</P 6 0 R>>", text=b"/P Do")


DOCUMENTS = {
    TEXT: in_text,
    "application/vnd.oasis.opendocument.text": in_open_text,
    "application/pdf": in_pages,
}
kinds = pytest.mark.parametrize("media_type", DOCUMENTS)


@kinds
def test_what_hides_behind_a_picture_in_a_document_goes(media_type: str) -> None:
    """It is named, the walk would have seen it, and pixels are equal."""
    disarmer, content = disarmer_of(media_type), DOCUMENTS[media_type](HIDING)
    made = disarmer.disarm(content, NOTHING)

    assert "image.trailing" in {removed.code for removed in made.removed}
    assert "image.trailing" in disarmer.walk(content)
    assert () == disarmer.walk(made.content)
    assert SCRIPT not in made.content
    assert disarmer.measure(content) == disarmer.measure(made.content)
    assert made.content == disarmer.disarm(made.content, NOTHING).content


@kinds
def test_a_plain_picture_stays_byte_for_byte(media_type: str) -> None:
    """Nothing is reported, and nothing else is measured."""
    plain = plain_picture(HIDING).content
    made = disarmer_of(media_type).disarm(DOCUMENTS[media_type](plain), NOTHING)

    assert not [removed for removed in made.removed if removed.code.startswith("image.")]


@kinds
def test_other_pixels_are_another_measure(media_type: str) -> None:
    """A measure that never differs would prove nothing."""
    other = HIDING.replace(b"\xff\xdb", b"\xff\xdb", 1)
    at = other.index(b"\xff\xda") + 14
    other = other[:at] + bytes([other[at] ^ 1]) + other[at + 1 :]
    build, disarmer = DOCUMENTS[media_type], disarmer_of(media_type)

    assert disarmer.measure(build(HIDING)) != disarmer.measure(build(other))


@kinds
def test_a_picture_that_cannot_be_read_and_hides_something_holds_its_document(
    media_type: str,
) -> None:
    """It can neither be written anew nor be left as it is."""
    broken = b"\xff\xd8\xff\xe0\x00\x02\xff\xfe\xff\xff" + SCRIPT

    with pytest.raises(CannotDisarmError, match="hides something"):
        disarmer_of(media_type).disarm(DOCUMENTS[media_type](broken), NOTHING)


@pytest.mark.parametrize("media_type", [kind for kind in WHOLE if kind in IMAGES])
def test_every_kind_of_picture_is_written_anew(media_type: str) -> None:
    """The same disarmers do it that disarm pictures that stand alone."""
    for case in IMAGES[media_type].values():
        content = getattr(case, "content", case)
        made = plain_picture(content, media_type)

        assert shown_by(content, media_type) == shown_by(made.content, media_type)
        assert () == left_in(made.content, media_type)


def test_an_odd_picture_stays() -> None:
    """A metafile, or one that is cut, is shown by who can; nothing is hidden in it."""
    cut = png()[:-8]

    assert cut == plain_picture(cut, "image/png").content
    assert () == left_in(cut, "image/png")
    assert b"EMF" == plain_picture(b"EMF", "image/emf").content
    assert IN_PNG != plain_picture(IN_PNG, "image/png").content
