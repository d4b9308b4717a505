"""The methods of 7z, by native decompressors: a folder's packed stream becomes its contents.

Chains of steps with one stream each are followed; what has several (BCJ2), PPMd and Deflate64 are
not. A branch filter runs by itself, over stored LZMA2 chunks: liblzma takes it for a part of a
chain, and would keep the last bytes of an LZMA stream without an end mark.
"""

import bz2
import lzma
from collections.abc import Callable, Iterator, Mapping

from formats.faults import LimitError, MalformedError, UnsupportedError
from formats.sevenzip_header import Coder, Folder
from sanitizers.containers.flowing import (
    Deflate,
    bounded,
    pieces,
    unpacked,
)
from sanitizers.containers.seven_cipher import CIPHER, Cipher
from sanitizers.zstd import decompressor

COPY = b"\x00"
_MOST_DICTIONARY = 256 << 20
_CHUNK = 1 << 16
_BRANCHES: Mapping[bytes, int] = {
    b"\x03\x03\x01\x03": lzma.FILTER_X86,
    b"\x03\x03\x02\x05": lzma.FILTER_POWERPC,
    b"\x03\x03\x04\x01": lzma.FILTER_IA64,
    b"\x03\x03\x05\x01": lzma.FILTER_ARM,
    b"\x03\x03\x07\x01": lzma.FILTER_ARMTHUMB,
    b"\x03\x03\x08\x05": lzma.FILTER_SPARC,
    b"\x04": lzma.FILTER_X86,
    b"\x05": lzma.FILTER_POWERPC,
    b"\x06": lzma.FILTER_IA64,
    b"\x07": lzma.FILTER_ARM,
    b"\x08": lzma.FILTER_ARMTHUMB,
    b"\x09": lzma.FILTER_SPARC,
}
_NAMES: Mapping[bytes, str] = {
    b"\x03\x04\x01": "PPMd",
    b"\x03\x03\x01\x1b": "BCJ2",
    b"\x04\x01\x09": "Deflate64",
    b"\x0a": "the ARM64 filter",
    b"\x0b": "the RISC-V filter",
}

Step = Callable[[Iterator[bytes], Coder, int], Iterator[bytes]]


def folder_pieces(content: bytes, folder: Folder, cipher: Cipher | None) -> Iterator[bytes]:
    """Yield what a folder holds, piece by piece; `cipher` opens what is encrypted.

    Raises:
        ProtectedError: it needs a password.
        UnsupportedError: a method is not known here.
        FormatError: it cannot be unpacked.
    """
    order = _chain(folder)
    ((start, size),) = folder.spans
    flow = pieces(content, start, size)
    for number in order:
        flow = _step(flow, folder.coders[number], folder.sizes[number], cipher)
    return flow


def _chain(folder: Folder) -> list[int]:
    """Return the numbers of a folder's steps in the order in which bytes pass them."""
    for coder in folder.coders:
        if coder.method in _NAMES:
            raise UnsupportedError(_NAMES[coder.method])
        if (coder.inputs, coder.outputs) != (1, 1):
            raise UnsupportedError("a method with several streams")
    following = {output: fed for fed, output in folder.bonds}
    order = [folder.packed[0]]
    while order[-1] in following:
        order.append(following[order[-1]])
        if len(order) > len(folder.coders):
            raise MalformedError("a folder whose steps go round")
    if len(order) != len(folder.coders):
        raise MalformedError("a folder whose steps do not fit")
    return order


def _step(flow: Iterator[bytes], coder: Coder, size: int, cipher: Cipher | None) -> Iterator[bytes]:
    if coder.method == CIPHER:
        return bounded(Cipher.deciphered(cipher, flow, coder.properties), size)
    if coder.method in _BRANCHES:
        return _branch(flow, _BRANCHES[coder.method], size)
    step = _STEPS.get(coder.method)
    if step is None:
        raise UnsupportedError(f"method {coder.method.hex()}")
    return step(flow, coder, size)


def _copy(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return bounded(flow, size)


def _lzma(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    if len(coder.properties) != 5 or coder.properties[0] >= 9 * 5 * 5:
        raise MalformedError("properties of LZMA that cannot be")
    bits, asked = coder.properties[0], int.from_bytes(coder.properties[1:], "little")
    settings = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": _dictionary(asked, size),
        "lc": bits % 9,
        "lp": bits // 9 % 5,
        "pb": bits // 45,
    }
    return unpacked(flow, _raw(settings), size)


def _lzma2(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    if len(coder.properties) != 1 or coder.properties[0] > 40:
        raise MalformedError("properties of LZMA2 that cannot be")
    bits = coder.properties[0]
    asked = (2 | bits & 1) << (bits // 2 + 11)
    settings = {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(asked, size)}
    return unpacked(flow, _raw(settings), size)


def _dictionary(asked: int, size: int) -> int:
    """Return how much of a dictionary is needed: never more than all that comes out."""
    needed = max(4096, min(asked, size))
    if needed > _MOST_DICTIONARY:
        raise LimitError(f"it needs a dictionary of {needed} bytes")
    return needed


def _raw(*filters: Mapping[str, int]) -> lzma.LZMADecompressor:
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[dict(f) for f in filters])
    except (lzma.LZMAError, ValueError) as error:
        raise UnsupportedError("properties of LZMA that no reader takes") from error


def _delta(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    if len(coder.properties) != 1:
        raise MalformedError("properties of a filter that cannot be")
    settings = {"id": lzma.FILTER_DELTA, "dist": coder.properties[0] + 1}
    return _filtered(flow, settings, size)


def _branch(flow: Iterator[bytes], branch: int, size: int) -> Iterator[bytes]:
    return _filtered(flow, {"id": branch}, size)


def _filtered(flow: Iterator[bytes], settings: Mapping[str, int], size: int) -> Iterator[bytes]:
    stored = {"id": lzma.FILTER_LZMA2, "dict_size": _CHUNK}
    return unpacked(_as_chunks(bounded(flow, size)), _raw(settings, stored), size)


def _as_chunks(flow: Iterator[bytes]) -> Iterator[bytes]:
    """Yield pieces as stored LZMA2 chunks: a mark, the length less one, and the bytes."""
    mark = b"\x01"
    for piece in flow:
        for at in range(0, len(piece), _CHUNK):
            chunk = piece[at : at + _CHUNK]
            yield mark + (len(chunk) - 1).to_bytes(2, "big") + chunk
            mark = b"\x02"
    yield b"\x00"


def _deflate(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return unpacked(flow, Deflate(), size)


def _bzip2(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return unpacked(flow, bz2.BZ2Decompressor(), size)


def _zstd(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return unpacked(flow, decompressor(), size)


_STEPS: Mapping[bytes, Step] = {
    COPY: _copy,
    b"\x21": _lzma2,
    b"\x03\x01\x01": _lzma,
    b"\x03": _delta,
    b"\x04\x01\x08": _deflate,
    b"\x04\x02\x02": _bzip2,
    b"\x04\xf7\x11\x01": _zstd,
}
