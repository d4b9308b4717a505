"""Makes pictures of the pages of a PDF file: nothing of the file but what a page looks like.

1. The file is disarmed as ever, and what is drawn is that copy: a file that is refused there is
   refused here, and the report says what was in it.
2. Each page becomes one picture without loss, on a page of the same size. Text, links, fields,
   outline and metadata are gone, and the report says so.
3. A page that is such a picture already stays one: its pixels are packed anew, not drawn again.

The pages of original and copy are compared pixel by pixel, and the copy that was drawn with its
original by everything that pages draw with.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256

import pikepdf

from formats.faults import MalformedError
from sanitizers.disarming.interface import Copy, Disarmer, Measures, Removed, Switch
from sanitizers.disarming.pdf import disarmer
from sanitizers.disarming.pdf.measuring import measure as measure_drawn
from sanitizers.disarming.pdf.opening import opened
from sanitizers.disarming.pdf.picture_pages import (
    add_page,
    are_pictures,
    picture_on,
    written,
)
from sanitizers.disarming.pdf.rendering import Picture, draw
from sanitizers.disarming.pdf.walking import walk as walk_objects

TEXT_LAYER = "pdf.text-layer"


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return a file of one picture a page.

    Raises:
        CannotDisarmError: it is refused by the disarmer of PDF files, or pdfium is not installed.
        FormatError: it cannot be read or drawn.
    """
    if _is_made_here(content):
        made, _ = _built(_pictures_of(content))
        return Copy(content=made, media_type=disarmer.MEDIA_TYPE)
    plain = disarmer.disarm(content, switches - {Switch.PIXELS})
    made, pages = _built(draw(plain.content))
    lost = Removed(code=TEXT_LAYER, times=pages)
    return Copy(content=made, media_type=disarmer.MEDIA_TYPE, removed=(*plain.removed, lost))


def _is_made_here(content: bytes) -> bool:
    with opened(content) as pdf:
        return are_pictures(pdf)


def _pictures_of(content: bytes) -> Iterator[Picture]:
    """Yield the pages of a file that was made here, one by one: many of them fill the memory."""
    with opened(content) as pdf:
        for page in pdf.pages:
            yield picture_on(page)


def _built(pictures: Iterable[Picture]) -> tuple[bytes, int]:
    with pikepdf.new() as pdf:
        for picture in pictures:
            add_page(pdf, picture)
        if not len(pdf.pages):
            raise MalformedError("no page that could be drawn")
        return written(pdf), len(pdf.pages)


def measure(content: bytes) -> Measures:
    """Return the number and sizes of the pages, and a digest of all their pixels.

    Raises:
        CannotDisarmError: it is refused by the disarmer of PDF files, or pdfium is not installed.
        FormatError: it cannot be read or drawn, or its disarmed copy draws something else.
    """
    pixels, sizes = sha256(), []
    made_here = _is_made_here(content)
    for picture in _pictures_of(content) if made_here else draw(_drawn_from(content)):
        sizes.append(f"{picture.width}x{picture.height}")
        head = f"{picture.columns} {picture.rows} {picture.channels}\n"
        pixels.update(head.encode() + picture.samples)
    return Measures(
        values={
            "pages": str(len(sizes)),
            "sizes": sha256(" ".join(sizes).encode()).hexdigest(),
            "pixels": pixels.hexdigest(),
        }
    )


def _drawn_from(content: bytes) -> bytes:
    """Return the disarmed copy that is drawn, which has to draw what its original does."""
    plain = disarmer.disarm(content, frozenset({Switch.ALTHOUGH_SIGNED})).content
    if measure_drawn(plain) != measure_drawn(content):
        raise MalformedError("its disarmed copy draws something else")
    return plain


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what is active, and whether there is anything but pictures.

    Raises:
        CannotDisarmError: a password is needed.
        FormatError: the file cannot be read.
    """
    other = () if _is_made_here(content) else ("pdf.more-than-pictures",)
    return (*walk_objects(content), *other)


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
