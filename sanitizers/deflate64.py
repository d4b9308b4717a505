"""Deflate64 (7z, ZIP method 9) by a native library that knows no bound; for the forked lane only.

The library returns all that its input comes to. So it is fed in slices: one of 32 bytes came to 0.9
MiB at most when this was measured with zeros, its worst case.
"""

import inflate64

from formats.faults import MalformedError, TruncatedError

_SLICE = 32


class Deflate64:
    """Deflate64 as a stream."""

    def __init__(self) -> None:
        self._stream = inflate64.Inflater()
        self._packed = b""
        self._at = 0
        self._plain = bytearray()

    @property
    def eof(self) -> bool:
        """Whether the last block has ended, and all of it was taken."""
        return bool(self._stream.eof) and not self._plain

    @property
    def rest(self) -> bytes:
        """What was given and is not fed yet."""
        return self._packed[self._at :]

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """Return at most so many bytes; the rest of the input waits.

        Raises:
            ValueError: the bytes are no Deflate64 stream.
        """
        if packed:
            self._packed, self._at = self.rest + packed, 0
        while len(self._plain) < most and self._at < len(self._packed) and not self._stream.eof:
            self.feed(_SLICE)
        taken = bytes(self._plain[:most])
        del self._plain[:most]
        return taken

    def feed(self, count: int) -> None:
        """Give the library the next so many bytes.

        Raises:
            ValueError: the bytes are no Deflate64 stream.
        """
        piece = self._packed[self._at : self._at + count]
        self._at += len(piece)
        self._plain += self._stream.inflate(piece)


def inflate_64(packed: bytes, most: int) -> bytes:
    """Return at most so many bytes of a stream that ends with the last of its bytes.

    Raises:
        MalformedError: the bytes are no such stream, or it ends before they do.
        TruncatedError: the stream stops before its end.
    """
    stream = Deflate64()
    cut = max(0, len(packed) - _SLICE)
    try:
        plain = stream.decompress(packed[:cut], most)
        # The library does not tell how much of a slice it used: the last ones go one by one.
        for place in range(cut, len(packed)):
            if len(plain) >= most:
                return plain
            if stream.eof:
                raise MalformedError("something stands behind a member's stream")
            plain += stream.decompress(packed[place : place + 1], most - len(plain))
    except ValueError as error:
        raise MalformedError("no Deflate64 stream") from error
    if len(plain) < most and not stream.eof:
        raise TruncatedError("a Deflate64 stream stops early")
    return plain
