"""cpio archives made by hand, honest or crafted."""

from dataclasses import dataclass

REGULAR, LINK, FIFO, DEVICE, FOLDER = 0o100644, 0o120777, 0o010644, 0o020644, 0o040755


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A member to be written."""

    name: str
    content: bytes = b""
    mode: int = REGULAR
    links: int = 1
    sum: int | None = None


def of(members: dict[str, bytes], form: str = "newc") -> bytes:
    """Return an archive of names and contents."""
    return cpio(*(Item(name=name, content=content) for name, content in members.items()), form=form)


def cpio(*items: Item, form: str = "newc", end: bytes = b"") -> bytes:
    """Return an archive in the form "newc", "crc" or "odc", filled up to a block."""
    write = _odc if form == "odc" else _newc
    told = b"".join(write(item, form) for item in (*items, Item(name="TRAILER!!!", mode=0)))
    return told.ljust(-(-len(told) // 512) * 512, b"\0") + end


def _newc(item: Item, form: str) -> bytes:
    name = item.name.encode() + b"\0"
    summed = sum(item.content) & 0xFFFFFFFF if item.sum is None else item.sum
    fields = (1, item.mode, 0, 0, item.links, 0, len(item.content), 0, 0, 0, 0, len(name))
    magic = b"070702" if form == "crc" else b"070701"
    told = magic + b"".join(b"%08X" % n for n in (*fields, summed if form == "crc" else 0))
    return _fill(_fill(told + name) + item.content)


def _odc(item: Item, form: str) -> bytes:
    del form
    name = item.name.encode() + b"\0"
    told = b"070707" + b"".join(b"%06o" % n for n in (1, 1, item.mode, 0, 0, item.links, 0))
    return told + b"%011o%06o%011o" % (0, len(name), len(item.content)) + name + item.content


def _fill(told: bytes) -> bytes:
    return told.ljust(-(-len(told) // 4) * 4, b"\0")
