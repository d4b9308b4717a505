"""The files of a cabinet, unpacked folder by folder."""

from collections.abc import Iterator
from itertools import groupby

from formats.cabinet import CabFolder, CabMember, Packing, read_cabinet
from formats.faults import FormatError, MalformedError, UnsupportedError
from sanitizers.containers.flowing import BROKEN, Deflate, Reading
from sanitizers.containers.members import Counter, Names, too_large
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

_MARK = b"CK"
_HISTORY = 1 << 15


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every file; an anomaly of the cabinet comes first, as a part without a name.

    Raises:
        FormatError: the lists of the cabinet cannot be read.
    """
    cabinet = read_cabinet(content, most_members=limits.most_members)
    yield from (Unpacked(refusal=anomaly) for anomaly in cabinet.anomalies)
    names = Names()
    ordered = sorted(cabinet.members, key=lambda m: (m.folder, m.start, m.size))
    for number, members in groupby(ordered, key=lambda m: m.folder):
        folder = cabinet.folders[number]
        yield from _Opening(content, folder, names, limits).parts(members)


class _Opening:
    """Takes the files of one folder out, in their order: what breaks breaks the rest of it."""

    def __init__(self, content: bytes, folder: CabFolder, names: Names, limits: Limits) -> None:
        self._reading = Reading(_pieces(content, folder))
        self._counter = Counter(folder.packed_size, limits)
        self._names = names
        self._limits = limits
        self._at = 0

    def parts(self, members: Iterator[CabMember]) -> Iterator[Unpacked]:
        """Yield every file of the folder."""
        fault: FormatError | None = None
        for member in members:
            name = member.untrusted_name
            refusal = self._names.oddity(name) or too_large(member.size, self._limits)
            try:
                if fault is None:
                    plain = self._content(member, refusal)
                    yield Unpacked(untrusted_name=name, content=plain, refusal=refusal)
                    continue
            except FormatError as error:
                fault = error
            yield Unpacked(untrusted_name=name, refusal=refusal or f"{fault.code}: {fault.reason}")

    def _content(self, member: CabMember, refusal: str) -> bytes:
        if member.start < self._at:
            raise MalformedError("files that share bytes")
        self._counter.take(member.end - self._at)
        self._reading.skip(member.start - self._at)
        self._at = member.end
        if refusal:
            self._reading.skip(member.size)
            return b""
        return self._reading.take(member.size)


def _pieces(content: bytes, folder: CabFolder) -> Iterator[bytes]:
    """Yield what the blocks of a folder unpack to.

    Raises:
        MalformedError: a block is none, or comes to another size.
        UnsupportedError: it is packed by a method that is not known.
    """
    history = b""
    for block in folder.blocks:
        packed = content[block.offset : block.offset + block.packed]
        if folder.packing is Packing.STORED:
            plain = packed
        elif folder.packing is Packing.MSZIP:
            plain = _mszip(packed, history, block.size)
            history = (history + plain)[-_HISTORY:]
        else:
            raise UnsupportedError(f"packing method {folder.packing.name}")
        if len(plain) != block.size:
            raise MalformedError("a block is longer or shorter than claimed", offset=block.offset)
        yield plain


def _mszip(packed: bytes, history: bytes, size: int) -> bytes:
    """Return a block of MSZIP ([MS-MCI] 2.3): Deflate that looks back into the block before."""
    if packed[:2] != _MARK:
        raise MalformedError("no block of MSZIP")
    try:
        return Deflate(history).decompress(packed[2:], size + 1)
    except BROKEN as error:
        raise MalformedError("a block is damaged") from error
