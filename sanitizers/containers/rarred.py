"""The members of a RAR archive: stored ones by ourselves, packed ones by libarchive, all summed."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence

from formats import rar4, rar5
from formats.faults import FormatError, LimitError, MalformedError, ProtectedError, UnsupportedError
from formats.rar import MARK_5, STORED, Kind, RarArchive, RarMember
from sanitizers.containers import libarchive
from sanitizers.containers.members import Names, too_large
from sanitizers.containers.rar_rewriting import rewritten
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

_MOST_WINDOW = 64 << 20
_LANES, _BLOCK, _LENGTH = 8, 64, 32
# libarchive reads no chains of RAR 4 ("solid").
_CHAINS_IN = 5
_KNOWN_PACKINGS = {4: frozenset({20, 26, 29}), 5: frozenset({0})}


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every member; an anomaly of the archive comes first, as a part without a name.

    Raises:
        FormatError: the headers cannot be read.
    """
    reader = rar5 if content.startswith(MARK_5) else rar4
    archive = reader.read_archive(content, most_members=limits.most_members)
    yield from (Unpacked(refusal=anomaly) for anomaly in archive.anomalies)
    yield from _Opening(content, archive, limits).parts()


class _Opening:
    """Takes members out; those that continue one another are unpacked together."""

    def __init__(self, content: bytes, archive: RarArchive, limits: Limits) -> None:
        self._content = content
        self._archive = archive
        self._limits = limits
        self._names = Names()

    def parts(self) -> Iterator[Unpacked]:
        """Yield every member, in an order in which those of one chain stand together."""
        chain: list[RarMember] = []
        for member in self._archive.members:
            if member.refusal or member.kind is Kind.SERVICE or member.method == STORED:
                yield self._alone(member)
                continue
            if not member.solid:
                yield from self._chained(chain)
                chain = []
            chain.append(member)
        yield from self._chained(chain)

    def _alone(self, member: RarMember) -> Unpacked:
        refusal = member.refusal or self._refusal(member)
        if refusal:
            return self._part(member, b"", refusal)
        try:
            if member.method == STORED:
                plain = self._content[member.offset : member.offset + member.packed_size]
            else:
                (plain,) = self._unpacked([member])
            return self._part(member, _checked(plain, member), "")
        except FormatError as error:
            return self._part(member, b"", f"{error.code}: {error.reason}")

    def _chained(self, chain: Sequence[RarMember]) -> Iterator[Unpacked]:
        """Yield the members of a chain: what breaks one breaks those that continue it."""
        if not chain:
            return
        fault = next(filter(None, (self._refusal(member) for member in chain)), "")
        flow = self._unpacked(chain if self._archive.format == _CHAINS_IN else chain[:1])
        for place, member in enumerate(chain):
            if place and self._archive.format != _CHAINS_IN:
                fault = fault or "unsupported: members of RAR 4 that continue one another"
            plain = b""
            if not fault:
                try:
                    plain = _checked(next(flow), member)
                except FormatError as error:
                    fault = f"{error.code}: {error.reason}"
            yield self._part(member, plain, fault)

    def _unpacked(self, members: Sequence[RarMember]) -> Iterator[bytes]:
        form = self._archive.format
        archive = rewritten(self._content, form, members)
        name = "rar5" if form == 5 else "rar"
        return libarchive.contents(archive, name, [member.size for member in members])

    def _part(self, member: RarMember, plain: bytes, refusal: str) -> Unpacked:
        if member.kind is Kind.SERVICE:
            return Unpacked(content=plain, refusal=refusal)
        name = member.untrusted_name
        return Unpacked(
            untrusted_name=name, content=plain, refusal=refusal or self._names.oddity(name)
        )

    def _refusal(self, member: RarMember) -> str:
        """Return why a member is not unpacked; empty if it is."""
        try:
            _check_packing(member, self._archive.format)
            if not member.size and not member.packed_size:
                return ""
            most = max(self._limits.free_ratio_bytes, member.packed_size * self._limits.most_ratio)
            if member.size > most:
                raise LimitError(f"it unpacks to more than {most} bytes")
        except FormatError as error:
            return f"{error.code}: {error.reason}"
        return too_large(member.size, self._limits)


def _check_packing(member: RarMember, form: int) -> None:
    """Refuse what no reader of ours is meant to read.

    Raises:
        ProtectedError, UnsupportedError, LimitError: it is such.
    """
    if member.encrypted:
        raise ProtectedError("a member needs a password")
    if member.method == STORED:
        return
    if member.version not in _KNOWN_PACKINGS[form]:
        raise UnsupportedError(f"packing of version {member.version}")
    if member.window > _MOST_WINDOW:
        raise LimitError(f"a window of more than {_MOST_WINDOW} bytes")


def _checked(plain: bytes, member: RarMember) -> bytes:
    """Return a content that fits its sums.

    Raises:
        MalformedError: one does not fit, or there is none.
    """
    if member.crc is None and member.blake2 is None:
        raise MalformedError("a member without a checksum")
    if member.crc is not None and zlib.crc32(plain) != member.crc:
        raise MalformedError("a member's checksum does not fit")
    if member.blake2 is not None and blake2sp(plain) != member.blake2:
        raise MalformedError("a member's checksum does not fit")
    return plain


def blake2sp(plain: bytes) -> bytes:
    """Return BLAKE2sp (BLAKE2, section 2.10): eight lanes of 64 bytes in turn, and their root."""
    root = _node(0, depth=1, last=True)
    stride = _LANES * _BLOCK
    for lane in range(_LANES):
        leaf = _node(lane, depth=0, last=lane == _LANES - 1)
        for at in range(lane * _BLOCK, len(plain), stride):
            leaf.update(plain[at : at + _BLOCK])
        root.update(leaf.digest())
    return root.digest()


def _node(number: int, *, depth: int, last: bool) -> "hashlib.blake2s":
    return hashlib.blake2s(
        fanout=_LANES,
        depth=2,
        leaf_size=0,
        inner_size=_LENGTH,
        node_offset=number,
        node_depth=depth,
        last_node=last,
    )
