"""PDF pages of one picture each: written, read again, and told from any other page."""

import zlib
from functools import lru_cache
from io import BytesIO

import pikepdf

from formats.faults import MalformedError
from sanitizers.disarming.pdf.opening import is_dictionary, keys_of, name_of
from sanitizers.disarming.pdf.rendering import COLOUR, GREY, Picture, pixels_of

_LEVEL = 6
_ROWS = 256
_UP = b"\x02"  # the filter of a row that is written as its difference to the one above (PNG 9.2)
_PREDICTOR = 15  # each row says its filter itself (ISO 32000-2 7.4.4.4)
_DRAWING = b"q %s 0 0 %s 0 0 cm /P Do Q"
_SPACES = {GREY: "/DeviceGray", COLOUR: "/DeviceRGB"}
_CHANNELS = {name: channels for channels, name in _SPACES.items()}
_CATALOGUE, _TRAILER = {"/Type", "/Pages"}, {"/Root", "/Size", "/ID"}
_SIDES = 4
_AROUND = 2  # the catalogue, and the node that all pages hang on
_FOR_A_PAGE = 3  # itself, its instructions, its picture
_PAGE = {"/Type", "/Parent", "/MediaBox", "/Contents", "/Resources"}
_PICTURE = {
    *("/Type", "/Subtype", "/Width", "/Height", "/ColorSpace", "/BitsPerComponent"),
    *("/Filter", "/DecodeParms", "/Length"),
}


def add_page(pdf: pikepdf.Pdf, picture: Picture) -> None:
    """Add a page that is a picture, packed without loss."""
    width, height = _number(picture.width), _number(picture.height)
    image = pikepdf.Stream(
        pdf,
        _packed(picture),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=picture.columns,
        Height=picture.rows,
        ColorSpace=pikepdf.Name(_SPACES[picture.channels]),
        BitsPerComponent=8,
        Filter=pikepdf.Name.FlateDecode,
        DecodeParms=pikepdf.Dictionary(
            Predictor=_PREDICTOR, Colors=picture.channels, Columns=picture.columns
        ),
    )
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page,
        MediaBox=pikepdf.Array([0, 0, _object(width), _object(height)]),
        Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(P=pdf.make_indirect(image))),
        Contents=pdf.make_stream(_DRAWING % (width, height)),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def written(pdf: pikepdf.Pdf) -> bytes:
    """Return the file: the same pages make the same bytes."""
    target = BytesIO()
    pdf.save(
        target,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        deterministic_id=True,
    )
    return target.getvalue()


def are_pictures(pdf: pikepdf.Pdf) -> bool:
    """Tell whether a file is nothing but pages that are pictures, as they are written here."""
    if set(keys_of(pdf.Root)) != _CATALOGUE or not set(keys_of(pdf.trailer)) <= _TRAILER:
        return False
    pages = list(pdf.pages)
    whole = len(pdf.objects) == _AROUND + _FOR_A_PAGE * len(pages)
    return bool(pages) and whole and all(_is_picture(page.obj) for page in pages)


def picture_on(page: pikepdf.Page) -> Picture:
    """Return what such a page shows: only colours, whatever a file says they are.

    Raises:
        MalformedError: it has more or fewer of them than its size says.
    """
    image, (width, height) = page.obj["/Resources"]["/XObject"]["/P"], _size_of(page.obj)
    channels = _CHANNELS[name_of(image, "/ColorSpace")]
    columns, rows = pixels_of(width, height)
    samples = image.read_bytes(pikepdf.StreamDecodeLevel.generalized)
    if len(samples) != columns * rows * channels:
        raise MalformedError("a picture of another size than its page says")
    return Picture(
        width=width, height=height, columns=columns, rows=rows, channels=channels, samples=samples
    )


def _is_picture(page: pikepdf.Object) -> bool:
    size = _size_of(page)
    if set(keys_of(page)) != _PAGE or min(size) <= 0:
        return False
    resources, contents = page["/Resources"], page["/Contents"]
    if not is_dictionary(resources) or set(keys_of(resources)) != {"/XObject"}:
        return False
    images = resources["/XObject"]
    if not is_dictionary(images) or set(keys_of(images)) != {"/P"}:
        return False
    drawing = _DRAWING % (_number(size[0]), _number(size[1]))
    is_drawn = isinstance(contents, pikepdf.Stream) and contents.read_bytes() == drawing
    return is_drawn and _is_plain(images["/P"], pixels_of(*size))


def _is_plain(image: pikepdf.Object, size: tuple[int, int]) -> bool:
    if not isinstance(image, pikepdf.Stream) or set(keys_of(image)) != _PICTURE:
        return False
    return (
        [image[key] for key in ("/Width", "/Height", "/BitsPerComponent")] == [*size, 8]
        and name_of(image, "/ColorSpace") in _CHANNELS
        and name_of(image, "/Filter") == "/FlateDecode"
    )


def _size_of(page: pikepdf.Object) -> tuple[float, float]:
    """Return the width and height of a page that begins at zero; zeros for any other."""
    box = page.get("/MediaBox")
    sides = [float(side) for side in box] if isinstance(box, pikepdf.Array) else []
    if len(sides) != _SIDES or sides[:2] != [0, 0]:
        return 0.0, 0.0
    return round(sides[2], 2), round(sides[3], 2)


def _packed(picture: Picture) -> bytes:
    """Pack rows as differences to those above, some at a time: pages are large."""
    line = picture.columns * picture.channels
    some, packing, pieces = line * _ROWS, zlib.compressobj(_LEVEL), []
    above = bytes(line)
    for start in range(0, len(picture.samples), some):
        rows = picture.samples[start : start + some]
        less = _difference(rows, above + rows[:-line])
        above = rows[-line:]
        lines = (_UP + less[at : at + line] for at in range(0, len(less), line))
        pieces.append(packing.compress(b"".join(lines)))
    return b"".join((*pieces, packing.flush()))


def _difference(minuend: bytes, subtrahend: bytes) -> bytes:
    """Subtract bytes from bytes, each modulo 256, as two long numbers.

    The highest bits are set aside, so that no byte borrows from its neighbour.
    """
    high, low = _masks(len(minuend))
    one, other = (int.from_bytes(each, "little") for each in (minuend, subtrahend))
    result = ((one | high) - (other & low)) ^ ((one ^ other ^ high) & high)
    return result.to_bytes(len(minuend), "little")


@lru_cache(maxsize=4)
def _masks(size: int) -> tuple[int, int]:
    """Return the highest bits of so many bytes, and the others."""
    return tuple(int.from_bytes(each * size, "little") for each in (b"\x80", b"\x7f"))  # type: ignore[return-value]  # of two items


def _number(points: float) -> bytes:
    return f"{points:.2f}".rstrip("0").rstrip(".").encode()


def _object(number: bytes) -> pikepdf.Object:
    return pikepdf.Object.parse(number)
