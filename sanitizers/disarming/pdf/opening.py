"""Opens PDF files with qpdf, and names whatever it or its binding may raise.

qpdf is native code, so this is imported in processes that serve one sample only.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TypeGuard

import pikepdf

from formats.faults import FormatError, LimitError, MalformedError
from sanitizers.disarming.interface import CannotDisarmError

# What the binding raises for objects that are not of the kind that their place asks for.
_UNREADABLE = (
    pikepdf.PdfError,
    pikepdf.DataDecodingError,
    pikepdf.ForeignObjectError,
    pikepdf.DeletedObjectError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
)


Key = str | pikepdf.Name
JPEG = "image/jpeg"


@contextmanager
def opened(content: bytes) -> Iterator[pikepdf.Pdf]:
    """Open a file for the time of a block; qpdf repairs its table of objects where it has to.

    Raises:
        CannotDisarmError: a password is needed.
        FormatError: it cannot be read, or what the block reads of it is not as it has to be.
    """
    try:
        with pikepdf.Pdf.open(BytesIO(content)) as pdf:
            yield pdf
    except (CannotDisarmError, FormatError):
        raise
    except pikepdf.PasswordError as error:
        raise CannotDisarmError("encrypted: a password is needed") from error
    except RecursionError as error:
        raise LimitError("nested too deeply") from error
    except _UNREADABLE as error:
        raise MalformedError(f"no readable PDF ({type(error).__name__})") from error


def names(text: str) -> frozenset[str]:
    """Return the names of a list that is written as words."""
    return frozenset(text.split())


def name_of(holder: pikepdf.Object, key: str) -> str:
    """Return the name that stands under a key, with its slash; empty when none does."""
    value = holder.get(key)
    return bytes(value).decode("utf-8", "replace") if isinstance(value, pikepdf.Name) else ""


def keys_of(holder: pikepdf.Object) -> list[Key]:
    """Return the keys of a dictionary in order: those that are no UTF-8 as the objects they are."""
    return [key if key.isascii() else _as_object(key) for key in sorted(holder.keys())]


def items_of(holder: pikepdf.Object) -> list[object]:
    """Return the values of a dictionary or an array."""
    if isinstance(holder, pikepdf.Array):
        return list(holder)
    return [holder[key] for key in keys_of(holder)]


def _as_object(key: str) -> pikepdf.Name:
    """Return a key as a name: the binding takes no text that is not UTF-8 (ISO 32000-2 7.3.5)."""
    letters = key[1:].encode("utf-8", "surrogateescape")
    name = pikepdf.Object.parse(b"/" + b"".join(b"#%02x" % letter for letter in letters))
    assert isinstance(name, pikepdf.Name)  # it was written as one
    return name


def is_dictionary(value: object) -> TypeGuard[pikepdf.Object]:
    """Whether a value is a dictionary, or a stream, which has one."""
    return isinstance(value, pikepdf.Dictionary | pikepdf.Stream)


def is_holder(value: object) -> TypeGuard[pikepdf.Object]:
    """Whether a value may hold others."""
    return is_dictionary(value) or isinstance(value, pikepdf.Array)


def is_jpeg(stream: pikepdf.Stream) -> bool:
    """Whether a stream is packed as a JPEG file, and in no other way around it (7.4.8)."""
    packing = stream.get("/Filter")
    if isinstance(packing, pikepdf.Array) and len(packing) == 1:
        packing = packing[0]
    return isinstance(packing, pikepdf.Name) and bytes(packing) in (b"/DCTDecode", b"/DCT")
