"""A strict reader of ISO 9660 images (ECMA-119) with Joliet names and Rock Ridge (IEEE P1282).

An image may hold two trees over the same files, for old and for new systems: both are walked, and
have to lead to the same contents. What no tree leads to is named as an anomaly: a second file
system (UDF), an image that is booted, bytes between the files.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formats import rock_ridge
from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.rock_ridge import SystemUse

SECTOR = 2048
FIRST_DESCRIPTOR = 16
_MARK = b"CD001"
_BOOT, _PRIMARY, _SUPPLEMENTARY, _PARTITION, _END = 0, 1, 2, 3, 255
_UDF_MARKS = (b"BEA01", b"NSR02", b"NSR03", b"TEA01", b"BOOT2")
_JOLIET = (b"%/@", b"%/C", b"%/E")
_WRITER = b"MKI "  # a sector in which mkisofs notes how it was called
_FOLDER, _ASSOCIATED, _CONTINUES = 0x02, 0x04, 0x80
_ITSELF_AND_PARENT = (b"\0", b"\1")
_MOST_DESCRIPTORS = 64
_MOST_DEPTH = 64

Extent = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoMember:
    """One file: its path, and the parts of the image that its content is made of."""

    untrusted_name: bytes
    extents: tuple[Extent, ...]
    oddity: str = ""

    @property
    def size(self) -> int:
        """Length in bytes."""
        return sum(size for _, size in self.extents)


@dataclass(frozen=True, slots=True, kw_only=True)
class IsoImage:
    """The files under all their names, and what is wrong around them."""

    members: tuple[IsoMember, ...]
    anomalies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One directory record."""

    extent: Extent
    flags: int
    interleaved: bool
    name: bytes
    use: bytes


@dataclass(slots=True)
class _Walk:
    """What a walk over the trees has seen."""

    content: bytes
    most_members: int
    used: list[Extent] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    led_to: set[int] = field(default_factory=set)
    anomalies: dict[str, None] = field(default_factory=dict)
    seen: int = 0

    def note(self, anomaly: str) -> None:
        """Note an anomaly once."""
        self.anomalies[anomaly] = None

    def extent(self, sector: int, size: int) -> Extent:
        """Return where an extent lies.

        Raises:
            TruncatedError: it ends beyond the image.
        """
        at = sector * SECTOR
        if at + size > len(self.content):
            raise TruncatedError("a file or folder ends beyond the image", offset=at)
        return at, size


def read_image(content: bytes, *, most_members: int) -> IsoImage:
    """Read the descriptors and walk every tree.

    Raises:
        TruncatedError: the image is shorter than it says, or a file lies beyond its end.
        LimitError: there are more files than allowed, or folders lie too deep.
        FormatError: it cannot be read.
    """
    walk = _Walk(content=content, most_members=most_members)
    walk.used.append((0, FIRST_DESCRIPTOR * SECTOR))
    if content[: FIRST_DESCRIPTOR * SECTOR].strip(b"\0"):
        walk.note("prefix-data")
    trees = [_tree(walk, descriptor) for descriptor in _descriptors(walk)]
    if not trees:
        raise MalformedError("no volume")
    if walk.moved != walk.led_to:
        walk.note("moved-folder")
    members = _merged(walk, trees)
    _account(walk, members)
    return IsoImage(members=tuple(members), anomalies=tuple(walk.anomalies))


def _descriptors(walk: _Walk) -> Iterator[bytes]:
    """Yield those descriptors that have a tree: the primary, and those with other names."""
    for number in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + _MOST_DESCRIPTORS):
        at = number * SECTOR
        descriptor = walk.content[at : at + SECTOR]
        if len(descriptor) < SECTOR:
            raise TruncatedError("no end of descriptors", offset=at)
        if descriptor[1:6] != _MARK:
            raise MalformedError("a descriptor is missing", offset=at)
        walk.used.append((at, SECTOR))
        kind = descriptor[0]
        if kind == _END:
            _after_descriptors(walk, at + SECTOR)
            return
        if kind in (_PRIMARY, _SUPPLEMENTARY):
            _check_volume(walk, descriptor)
            yield descriptor
        else:
            walk.note("boot-image" if kind == _BOOT else "second-file-system")
    raise MalformedError("no end of descriptors")


def _after_descriptors(walk: _Walk, at: int) -> None:
    """Look at the sectors right behind: UDF announces itself there (ECMA-167 2/8)."""
    while True:
        sector = walk.content[at : at + SECTOR]
        if sector[1:6] in _UDF_MARKS:
            walk.note("second-file-system")
        elif not sector.startswith(_WRITER):
            return
        walk.used.append((at, SECTOR))
        at += SECTOR


def _check_volume(walk: _Walk, descriptor: bytes) -> None:
    size = _both(walk, descriptor, 80, 4)
    if _both(walk, descriptor, 128, 2) != SECTOR:
        raise UnsupportedError("sectors of another size")
    if _both(walk, descriptor, 120, 2) > 1:
        raise UnsupportedError("one volume of several")
    if size * SECTOR > len(walk.content):
        raise TruncatedError("the image is shorter than it says", offset=len(walk.content))
    if walk.content[size * SECTOR :].strip(b"\0"):
        walk.note("trailing-data")
    table = _both(walk, descriptor, 132, 4)
    places = struct.unpack_from("<II", descriptor, 140) + struct.unpack_from(">II", descriptor, 148)
    walk.used += [walk.extent(place, table) for place in places if place]


def _both(walk: _Walk, content: bytes, at: int, size: int) -> int:
    """Return a number that stands there in both byte orders: one program reads this, one that."""
    little = int.from_bytes(content[at : at + size], "little")
    if little != int.from_bytes(content[at + size : at + 2 * size], "big"):
        walk.note("byte-orders-differ")
    return little


def _tree(walk: _Walk, descriptor: bytes) -> list[IsoMember]:
    wide = descriptor[0] == _SUPPLEMENTARY and descriptor[88:91] in _JOLIET
    root = _record(walk, descriptor[156:190])
    skip = -1 if wide else _first_use(walk, root)
    return list(_folder(walk, root.extent, b"", _Names(wide=wide, skip=skip), set()))


def _first_use(walk: _Walk, root: _Record) -> int:
    """Return how many bytes stand before the Rock Ridge fields of a record; -1 without any."""
    at, _ = walk.extent(root.extent[0], root.extent[1])
    length = walk.content[at] if at < len(walk.content) else 0
    record = _record(walk, walk.content[at : at + length])
    return rock_ridge.first_skip(record.use)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """How names are read: UTF-16 in Joliet; else Rock Ridge's, where `skip` is not -1."""

    wide: bool
    skip: int


def _folder(
    walk: _Walk, extent: Extent, path: bytes, names: _Names, above: set[int]
) -> Iterator[IsoMember]:
    at, size = walk.extent(*extent)
    if extent[0] in above or len(above) >= _MOST_DEPTH:
        raise LimitError("folders that go round, or lie too deep")
    walk.used.append((at, size))
    parts: list[Extent] = []
    for record in _records(walk, at, size):
        walk.seen += 1
        if walk.seen > 4 * walk.most_members:
            raise LimitError(f"more than {walk.most_members} members")
        use = _use(walk, record, names)
        if record.name in _ITSELF_AND_PARENT:
            continue
        name = path + _name(record, names, use)
        place = _folder_of(walk, record, use)
        if place is not None:
            below = {*above, extent[0]}
            yield from _folder(walk, place, name + b"/", names, below)
            continue
        if use.is_moved:
            continue
        parts.append(walk.extent(*record.extent))
        if not record.flags & _CONTINUES:
            yield _member(record, name, use, tuple(parts))
            parts = []
    if parts:
        raise MalformedError("the last part of a file is missing", offset=at)


def _folder_of(walk: _Walk, record: _Record, use: SystemUse) -> Extent | None:
    """Return where the folder lies that a record leads to; a moved one where its name stands.

    What is moved is walked from there, and not from the place where it is kept (RRIP 4.1.5).
    """
    if use.moved_to >= 0:
        walk.led_to.add(use.moved_to)
        at, _ = walk.extent(use.moved_to, SECTOR)
        return _record(walk, walk.content[at : at + walk.content[at]]).extent
    if not record.flags & _FOLDER:
        return None
    if use.is_moved:
        walk.moved.add(record.extent[0])
        return None
    return record.extent


def _member(record: _Record, name: bytes, use: SystemUse, parts: tuple[Extent, ...]) -> IsoMember:
    oddity = use.oddity
    if record.interleaved:
        oddity = oddity or "unsupported: an interleaved file"
    if record.flags & _ASSOCIATED:
        oddity = oddity or "alternate-stream"
    filled = tuple(part for part in parts if part[1])
    return IsoMember(untrusted_name=name, extents=filled, oddity=oddity)


def _records(walk: _Walk, at: int, size: int) -> Iterator[_Record]:
    """Yield the records of a folder, those of itself and its parent first."""
    place, end = at, at + size
    while place < end:
        length = walk.content[place]
        if not length:
            place = (place // SECTOR + 1) * SECTOR
            continue
        if place % SECTOR + length > SECTOR:
            raise MalformedError("a record that crosses a sector", offset=place)
        yield _record(walk, walk.content[place : place + length])
        place += length


def _record(walk: _Walk, told: bytes) -> _Record:
    if len(told) < 34 or 33 + told[32] > len(told):
        raise MalformedError("a record that is cut")
    sector, size = _both(walk, told, 2, 4), _both(walk, told, 10, 4)
    name_end = 33 + told[32]
    return _Record(
        extent=(sector + told[1], size),
        flags=told[25],
        interleaved=bool(told[26] or told[27]),
        name=told[33:name_end],
        use=told[name_end + (not told[32] & 1) :],
    )


def _use(walk: _Walk, record: _Record, names: _Names) -> SystemUse:
    if names.skip < 0:
        return SystemUse()
    use = rock_ridge.read(walk.content, record.use[names.skip :])
    walk.used += use.continued
    return use


def _name(record: _Record, names: _Names, use: SystemUse) -> bytes:
    if use.name:
        return use.name
    told = record.name
    if names.wide:
        told = told.decode("utf-16-be", "replace").encode("utf-8", "replace")
    base, _, version = told.rpartition(b";")
    name = base if base and version.isdigit() else told
    return name if names.wide else name.removesuffix(b".")


def _merged(walk: _Walk, trees: Sequence[Sequence[IsoMember]]) -> list[IsoMember]:
    """Return the files of all trees: the last one's names first, and what else they are called."""
    contents = [{member.extents for member in tree if member.extents} for tree in trees]
    if any(own != contents[0] for own in contents):
        walk.note("trees-differ")
    merged: list[IsoMember] = []
    known: dict[tuple[Extent, ...], set[bytes]] = {}
    for number, tree in enumerate(reversed(trees)):
        before = {key: set(kinds) for key, kinds in known.items()}
        for member in tree:
            kind = _kind(member.untrusted_name)
            told = kind in before.get(member.extents, ()) and not member.oddity
            if not number or not told:
                merged.append(member)
            known.setdefault(member.extents, set()).add(kind)
    return merged


def _kind(name: bytes) -> bytes:
    """Return what old systems keep of an extension."""
    base = name.rpartition(b"/")[2]
    return base.rpartition(b".")[2].lower()[:3] if b"." in base else b""


def _account(walk: _Walk, members: Sequence[IsoMember]) -> None:
    """Note what overlaps, and bytes that nothing leads to, behind the end of a file included."""
    parts = {part for member in members for part in member.extents}
    if any(walk.content[at + size : _sectors((at, size))[1]].strip(b"\0") for at, size in parts):
        walk.note("hidden-data")
    spans = {_sectors(part) for part in parts}
    spans |= {_sectors(part) for part in walk.used if part[1]}
    reached = 0
    for start, end in sorted(spans):
        if start < reached:
            walk.note("overlap")
        elif walk.content[reached:start].strip(b"\0"):
            walk.note("hidden-data")
        reached = max(reached, end)
    if walk.content[reached:].strip(b"\0"):
        walk.note("hidden-data")


def _sectors(part: Extent) -> Extent:
    """Return the whole sectors of a part, as its first and last byte."""
    at, size = part
    return at // SECTOR * SECTOR, (at + size + SECTOR - 1) // SECTOR * SECTOR
