"""The methods of 7z, by native decompressors: a folder's packed stream becomes its contents.

Each step gives one stream and takes one, BCJ2 four. PPMd is unpacked by libarchive, which sees no
header but ours. A branch filter runs by itself, over stored LZMA2 chunks: liblzma takes it for a
part of a chain, and would keep the last bytes of an LZMA stream without an end mark.
"""

import bz2
import lzma
from collections.abc import Callable, Iterator, Mapping

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.sevenzip_header import Coder, Folder
from formats.zstd import decompressor
from sanitizers.containers import libarchive, seven_bcj2
from sanitizers.containers.flowing import (
    LEFT_OVER,
    Deflate,
    bounded,
    pieces,
    unpacked,
    unpacked_whole,
)
from sanitizers.containers.seven_cipher import CIPHER, Cipher
from sanitizers.containers.seven_rewriting import rewritten
from sanitizers.deflate64 import Deflate64

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
_UNREAD: Mapping[bytes, str] = {
    b"\x0a": "the ARM64 filter",
    b"\x0b": "the RISC-V filter",
}
_BCJ2 = b"\x03\x03\x01\x1b"
_PPMD = b"\x03\x04\x01"
# What libarchive and 7-Zip take (Ppmd7.h): orders 2 to 64, and 2 KiB of memory at least.
_ORDERS, _LEAST_MODEL = range(2, 65), 1 << 11

Step = Callable[[Iterator[bytes], Coder, int], Iterator[bytes]]


def folder_pieces(content: bytes, folder: Folder, cipher: Cipher | None) -> Iterator[bytes]:
    """Yield what a folder holds, piece by piece; `cipher` opens what is encrypted.

    Raises:
        ProtectedError: it needs a password.
        UnsupportedError: a method is not known here.
        FormatError: it cannot be unpacked.
    """
    _check_methods(folder)
    return _Joining(content, folder, cipher).flow()


def _check_methods(folder: Folder) -> None:
    for coder in folder.coders:
        if coder.method in _UNREAD:
            raise UnsupportedError(_UNREAD[coder.method])
        inputs = seven_bcj2.STREAMS if coder.method == _BCJ2 else 1
        if (coder.inputs, coder.outputs) != (inputs, 1):
            raise UnsupportedError("a method with several streams")


class _Joining:
    """Joins the steps of a folder, from the one whose output nothing takes to the packed streams.

    Every step has one output, so output and step have the same number.
    """

    def __init__(self, content: bytes, folder: Folder, cipher: Cipher | None) -> None:
        self._content = content
        self._folder = folder
        self._cipher = cipher
        self._feeding = dict(folder.bonds)
        self._passed: set[int] = set()

    def flow(self) -> Iterator[bytes]:
        """Return the output of the last step.

        Raises:
            FormatError: the steps do not fit, or one cannot be taken.
        """
        taken = set(self._feeding.values())
        last = next(n for n in range(len(self._folder.coders)) if n not in taken)
        flow = self._output(last)
        if len(self._passed) != len(self._folder.coders):
            raise MalformedError("a folder whose steps do not fit")
        return flow

    def _output(self, number: int) -> Iterator[bytes]:
        if number in self._passed:
            raise MalformedError("a folder whose steps go round")
        self._passed.add(number)
        coder, size = self._folder.coders[number], self._folder.sizes[number]
        first = sum(before.inputs for before in self._folder.coders[:number])
        flows = [self._input(n) for n in range(first, first + coder.inputs)]
        if coder.method == _BCJ2:
            return seven_bcj2.merged(flows, size)
        return _step(flows[0], coder, size, self._cipher)

    def _input(self, number: int) -> Iterator[bytes]:
        if number in self._feeding:
            return self._output(self._feeding[number])
        start, size = self._folder.spans[self._folder.packed.index(number)]
        return pieces(self._content, start, size)


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
    """Yield what is stored; its stream has no more bytes than that."""
    del coder
    left = size
    for piece in flow:
        if left:
            yield piece[:left]
        if len(piece) > left:
            raise MalformedError(LEFT_OVER)
        left -= len(piece)
    if left:
        raise TruncatedError("a stream stops early")


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
    return unpacked(flow, _raw(settings), size, ends=False)


def _lzma2(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    if len(coder.properties) != 1 or coder.properties[0] > 40:
        raise MalformedError("properties of LZMA2 that cannot be")
    bits = coder.properties[0]
    asked = (2 | bits & 1) << (bits // 2 + 11)
    settings = {"id": lzma.FILTER_LZMA2, "dict_size": _dictionary(asked, size)}
    return unpacked_whole(flow, _raw(settings), size)


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
    return unpacked_whole(flow, Deflate(), size)


def _deflate64(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return unpacked(flow, Deflate64(), size)


def _ppmd(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    """Have libarchive unpack PPMd, variant H (the order in a byte, the memory in four)."""
    if len(coder.properties) != 5 or coder.properties[0] not in _ORDERS:
        raise MalformedError("properties of PPMd that cannot be")
    memory = int.from_bytes(coder.properties[1:], "little")
    if memory < _LEAST_MODEL:
        raise MalformedError("properties of PPMd that cannot be")
    if memory > _MOST_DICTIONARY:
        raise LimitError(f"it needs a model of {memory} bytes")
    archive = rewritten(b"".join(flow), _PPMD, coder.properties, size)
    return libarchive.member_pieces(archive, "7zip", size)


def _bzip2(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return unpacked_whole(flow, bz2.BZ2Decompressor(), size)


def _zstd(flow: Iterator[bytes], coder: Coder, size: int) -> Iterator[bytes]:
    del coder
    return unpacked(flow, decompressor(), size)


_STEPS: Mapping[bytes, Step] = {
    COPY: _copy,
    b"\x21": _lzma2,
    b"\x03\x01\x01": _lzma,
    b"\x03": _delta,
    _PPMD: _ppmd,
    b"\x04\x01\x08": _deflate,
    b"\x04\x01\x09": _deflate64,
    b"\x04\x02\x02": _bzip2,
    b"\x04\xf7\x11\x01": _zstd,
}
