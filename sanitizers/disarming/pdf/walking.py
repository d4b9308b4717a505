"""An independent walk over all objects of a PDF, reached or not, for what a copy may not have.

It knows nothing of how copies are made: names are looked for wherever they stand.
"""

from collections.abc import Iterator

import pikepdf

from sanitizers.disarming.pdf.opening import (
    JPEG,
    is_dictionary,
    is_holder,
    is_jpeg,
    items_of,
    name_of,
    names,
    opened,
)
from sanitizers.disarming.pictures import left_in

_KEYS = names(
    """
    /OpenAction /AA /JS /JavaScript /EF /RF /AF /EmbeddedFiles /EmbeddedFile /Collection /XFA /OPI
    /FFilter /FDecodeParms /PieceInfo /Perms /RichMediaContent /RichMediaSettings /Renditions
    /Threads /Templates /AlternatePresentations /SpiderInfo /Requirements /AdditionalStreams
    /NeedsRendering /ByteRange
    """
)
_ACTIONS = names(
    """
    /JavaScript /Launch /SubmitForm /ImportData /GoToR /GoToE /GoToDp /Rendition /Movie /Sound
    /RichMediaExecute /GoTo3DView /Thread /Hide /SetOCGState /ResetForm
    """
)
_KINDS = names(
    """
    /EmbeddedFile /Filespec /FileAttachment /Screen /Movie /Sound /RichMedia /3D /Rendition /PS
    /Template /TrapNet /Sig /DocTimeStamp
    """
)
_MOVES = names("/NextPage /PrevPage /FirstPage /LastPage")
_OF_KIND = ("/Type", "/Subtype", "/Subtype2")
_SCHEMES = (b"http://", b"https://", b"mailto:")


def walk(content: bytes) -> tuple[str, ...]:
    """Return the names of what is active, each once, in order.

    Raises:
        CannotDisarmError: a password is needed.
        FormatError: the file cannot be read.
    """
    found = set(_around(content))
    with opened(content) as pdf:
        waiting: list[object] = [pdf.trailer, *pdf.objects]
        while waiting:
            value = waiting.pop()
            if is_dictionary(value):
                found.update(_in(value))
            if is_holder(value):
                waiting += _direct(value)
    return tuple(sorted(found))


def _around(content: bytes) -> Iterator[str]:
    """Look at what stands before and behind the file, where another format may begin."""
    if not content.startswith(b"%PDF-"):
        yield "pdf.something-before"
    if not content.endswith((b"%%EOF\n", b"%%EOF\r\n", b"%%EOF")):
        yield "pdf.something-behind"


def _direct(holder: pikepdf.Object) -> list[object]:
    """Return what stands in a holder itself; what it refers to comes in the list of objects."""
    return [value for value in items_of(holder) if is_holder(value) and not value.is_indirect]


def _in(holder: pikepdf.Object) -> Iterator[str]:
    keys = set(holder.keys())
    yield from (f"pdf.key{_word(key)}" for key in keys & _KEYS)
    for key in _OF_KIND:
        kind = name_of(holder, key)
        if kind in _KINDS:
            yield f"pdf.kind{_word(kind)}"
    action = name_of(holder, "/S")
    if action in _ACTIONS:
        yield f"pdf.action{_word(action)}"
    if action == "/URI" and not _is_link(holder.get("/URI")):
        yield "pdf.action.uri"
    if action == "/Named" and name_of(holder, "/N") not in _MOVES:
        yield "pdf.action.named"
    if isinstance(holder, pikepdf.Stream) and is_jpeg(holder):
        yield from left_in(holder.read_raw_bytes(), JPEG)
    if isinstance(holder, pikepdf.Stream) and "/F" in keys:
        yield "pdf.external-stream"
    if isinstance(holder, pikepdf.Stream) and "/Ref" in keys:
        yield "pdf.external-reference"


def _word(name: str) -> str:
    return name.replace("/", ".").lower()


def _is_link(target: object) -> bool:
    """Tell whether a target is one of the web, in one line, as a browser would read it."""
    text = bytes(target) if isinstance(target, pikepdf.String) else b"\n"
    return text.lower().startswith(_SCHEMES) and min(text) >= 0x20
