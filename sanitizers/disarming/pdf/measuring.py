"""What a disarmed PDF must share with its original: pages, what they draw, forms, remarks, outline.

Every stream that a page draws with is compared unpacked: instructions, fonts, pictures. That is
stronger than comparing their text, and needs no second reader of fonts.
"""

import hashlib
from collections.abc import Iterator

import pikepdf

from sanitizers.disarming.interface import Measures
from sanitizers.disarming.pdf.opening import (
    JPEG,
    is_dictionary,
    is_holder,
    is_jpeg,
    keys_of,
    name_of,
    names,
    opened,
)
from sanitizers.disarming.pictures import shown_by

_DRAWN = ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group")
_INHERITED = frozenset({"/Resources", "/MediaBox", "/CropBox", "/Rotate"})
_REMARK = ("/Subtype", "/Rect", "/Contents", "/AP", "/AS", "/QuadPoints", "/Border", "/C", "/T")
_FIELD = ("/T", "/FT", "/V", "/DV", "/Opt", "/Ff", "/TU")
# Remarks that hold a file or play something: none of their originals has to be found again.
_LOST = names("/FileAttachment /Sound /Movie /Screen /RichMedia /3D")
_KNOWN = names(
    """
    /Text /Link /FreeText /Line /Square /Circle /Polygon /PolyLine /Highlight /Underline /Squiggly
    /StrikeOut /Stamp /Caret /Ink /Popup /Widget /PrinterMark /Watermark /Redact
    """
)
# How bytes are packed, and what a page does not draw with.
_PACKING = frozenset(
    {"/Length", "/Filter", "/DecodeParms", "/DL", "/F", "/FFilter", "/FDecodeParms"}
)
_NOT_DRAWN = frozenset({"/PieceInfo", "/OPI", "/Ref", "/AF", "/Metadata", "/Parent"})
_DEEPEST = 64


class _Graph:
    """A digest of objects in the order in which they are met, whatever their numbers are."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._met: dict[tuple[int, int], int] = {}

    def hexdigest(self) -> str:
        return self._digest.hexdigest()

    def say(self, word: str) -> None:
        self._digest.update(word.encode("utf-8", "backslashreplace") + b"\n")

    def add(self, value: object) -> None:
        """Take a value with everything that it reaches."""
        waiting: list[object] = [value]
        while waiting:
            found = waiting.pop()
            if isinstance(found, _Word):
                self.say(found)
            elif is_holder(found):
                waiting += reversed(self._inside(found))
            else:
                self._plain(found)

    def _inside(self, holder: pikepdf.Object) -> list[object]:
        """Return what a holder holds, with the words between; the second time its number only."""
        if holder.is_indirect:
            if holder.objgen in self._met:
                return [_Word(f"again {self._met[holder.objgen]}")]
            self._met[holder.objgen] = len(self._met)
        if isinstance(holder, pikepdf.Array):
            return [_Word("["), *holder, _Word("]")]
        packing: frozenset[str] = frozenset()
        if isinstance(holder, pikepdf.Stream):
            self._stream(holder)
            packing = _PACKING
        inside: list[object] = [_Word("<<")]
        for key in keys_of(holder):
            value = holder[key]
            if key not in _NOT_DRAWN and key not in packing and _is_drawn(value):
                inside += [_Word(key if isinstance(key, str) else key.unparse().decode()), value]
        return [*inside, _Word(">>")]

    def _stream(self, stream: pikepdf.Stream) -> None:
        if is_jpeg(stream) and "/F" not in stream:
            self.say(shown_by(stream.read_raw_bytes(), JPEG))
        else:
            self.say(hashlib.sha256(bytes_of(stream)).hexdigest())

    def _plain(self, value: object) -> None:
        if isinstance(value, pikepdf.String | pikepdf.Name):
            self.say(bytes(value).hex())
        else:
            self.say(f"{type(value).__name__} {value}")


class _Word(str):
    """A word of ours between the values of a document."""

    __slots__ = ()


def bytes_of(stream: pikepdf.Stream) -> bytes:
    """Return a stream unpacked; as it stands when it is packed as a picture, or broken.

    What lies in another file is nothing: a copy never fetches it.
    """
    if "/F" in stream:
        return b""
    try:
        return stream.read_bytes(pikepdf.StreamDecodeLevel.generalized)
    except (pikepdf.PdfError, pikepdf.DataDecodingError):
        return stream.read_raw_bytes()


def _is_drawn(value: object) -> bool:
    """Whether a value is something, and no program that only a printer runs."""
    return value is not None and not (
        isinstance(value, pikepdf.Stream) and name_of(value, "/Subtype") == "/PS"
    )


def _is_seen(remark: pikepdf.Object) -> bool:
    """Whether a remark has to be found again: one of an unknown kind if it shows something."""
    kind = name_of(remark, "/Subtype")
    return kind not in _LOST and (kind in _KNOWN or "/AP" in remark)


def measure(content: bytes) -> Measures:
    """Return digests of what the pages show, and how many there are.

    Raises:
        CannotDisarmError: a password is needed.
        FormatError: the file cannot be read.
    """
    with opened(content) as pdf:
        drawn, remarks = _Graph(), _Graph()
        for page in pdf.pages:
            _draw(page.obj, drawn)
            _remark(page.obj, remarks)
        values = {
            "pages": str(len(pdf.pages)),
            "content": drawn.hexdigest(),
            "remarks": remarks.hexdigest(),
            "fields": _fields(pdf.Root),
            "outline": _outline(pdf.Root),
        }
    return Measures(values=values)


def _draw(page: pikepdf.Object, graph: _Graph) -> None:
    for key in _DRAWN:
        graph.say(key)
        graph.add(_inherited(page, key) if key in _INHERITED else page.get(key))


def _inherited(page: pikepdf.Object, key: str) -> object:
    """Return an attribute of a page, or of the nodes above it (ISO 32000-2 7.7.3.4)."""
    node: object = page
    for _ in range(_DEEPEST):
        if not isinstance(node, pikepdf.Dictionary):
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _remark(page: pikepdf.Object, graph: _Graph) -> None:
    graph.say("page")
    remarks = page.get("/Annots")
    for remark in list(remarks) if isinstance(remarks, pikepdf.Array) else []:
        if is_dictionary(remark) and _is_seen(remark):
            _some(remark, _REMARK, graph)


def _some(holder: pikepdf.Object, keys: tuple[str, ...], graph: _Graph) -> None:
    for key in keys:
        if key in holder and not _is_signature(holder[key]):
            graph.say(key)
            graph.add(holder[key])


def _is_signature(value: object) -> bool:
    """Whether a value of a field is a signature: a copy has none, where it may be made at all."""
    return is_dictionary(value) and (
        "/ByteRange" in value or name_of(value, "/Type") in ("/Sig", "/DocTimeStamp")
    )


def _fields(root: pikepdf.Object) -> str:
    graph = _Graph()
    form = root.get("/AcroForm")
    if is_dictionary(form):
        for field in _reached(form.get("/Fields"), ("/Kids",)):
            _some(field, _FIELD, graph)
    return graph.hexdigest()


def _outline(root: pikepdf.Object) -> str:
    """Take the titles of the outline, in the order of the tree."""
    graph = _Graph()
    for item in _reached(root.get("/Outlines"), ("/Next", "/First")):
        _some(item, ("/Title",), graph)
    return graph.hexdigest()


def _reached(first: object, keys: tuple[str, ...]) -> Iterator[pikepdf.Object]:
    """Yield the dictionaries of a tree, each once; the last key is followed first."""
    waiting = [first]
    seen: set[tuple[int, int]] = set()
    while waiting:
        found = waiting.pop()
        if not is_holder(found) or found.objgen in seen:
            continue
        if found.is_indirect:
            seen.add(found.objgen)
        if isinstance(found, pikepdf.Array):
            waiting += list(found)
        else:
            yield found
            waiting += [found.get(key) for key in keys]
