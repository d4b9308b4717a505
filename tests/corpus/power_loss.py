"""A disk that remembers what was synced, and shows what a power cut at any moment may leave."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from storage.disk import RealDisk


@dataclass
class _Inode:
    content: bytes
    synced: bool = False


@dataclass(frozen=True)
class _Act:
    verb: str
    path: Path
    target: Path | None = None
    content: bytes = b""


class JournalingDisk(RealDisk):
    """Does everything for real and writes it down."""

    def __init__(self) -> None:
        self.acts: list[_Act] = []

    def make_folder(self, path: Path) -> None:
        """Make a folder."""
        if not path.exists():
            self.acts.append(_Act("make_folder", path))
        super().make_folder(path)

    def write(self, path: Path, content: bytes | Path, mtime_ns: int) -> None:
        """Write a file."""
        whole = content if isinstance(content, bytes) else content.read_bytes()
        self.acts.append(_Act("write", path, content=whole))
        super().write(path, content, mtime_ns)

    def sync(self, path: Path) -> None:
        """Sync a file."""
        self.acts.append(_Act("sync", path))
        super().sync(path)

    def rename(self, old: Path, new: Path) -> None:
        """Rename a file."""
        self.acts.append(_Act("rename", old, new))
        super().rename(old, new)

    def sync_folder(self, path: Path) -> None:
        """Sync a folder."""
        self.acts.append(_Act("sync_folder", path))
        super().sync_folder(path)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        if path.exists():
            self.acts.append(_Act("remove", path))
        super().remove(path)


@dataclass
class _Platter:
    """Names as they are seen, names as they are on the disk, and what lies between."""

    seen: dict[Path, _Inode | None] = field(default_factory=dict)
    durable: dict[Path, _Inode | None] = field(default_factory=dict)
    waiting: dict[Path, list[tuple[Path, _Inode | None, bool]]] = field(default_factory=dict)

    def name(self, path: Path, inode: _Inode | None, *, there: bool) -> None:
        if there:
            self.seen[path] = inode
        else:
            self.seen.pop(path, None)
        self.waiting.setdefault(path.parent, []).append((path, inode, there))

    def settle(self, folder: Path) -> None:
        for path, inode, there in self.waiting.pop(folder, []):
            if there:
                self.durable[path] = inode
            else:
                self.durable.pop(path, None)

    def act(self, act: _Act) -> None:
        inode = self.seen.get(act.path)
        if act.verb == "make_folder":
            self.name(act.path, None, there=True)
        elif act.verb == "write":
            self.name(act.path, _Inode(act.content), there=True)
        elif act.verb == "sync" and inode is not None:
            inode.synced = True
        elif act.verb == "rename" and act.target is not None:
            self.name(act.target, inode, there=True)
            self.name(act.path, None, there=False)
        elif act.verb == "sync_folder":
            self.settle(act.path)
        elif act.verb == "remove":
            self.name(act.path, None, there=False)


def remains(acts: list[_Act], root: Path) -> Iterator[dict[Path, bytes | None]]:
    """Yield what a power cut after these acts may leave: contents of files, None for folders.

    Names that were not synced may have reached the disk or not, folder by folder; content that was
    not synced is torn.
    """
    folders = sorted(_played(acts).waiting)
    for lucky in [set(), set(folders), *({folder} for folder in folders)]:
        platter = _played(acts)
        for folder in lucky:
            platter.settle(folder)
        yield {
            path: None if inode is None else _surviving(inode)
            for path, inode in sorted(platter.durable.items())
            if _reachable(path, platter.durable, root)
        }


def restore(left: dict[Path, bytes | None], root: Path, place: Path) -> None:
    """Build at `place` what a power cut left below `root`."""
    place.mkdir(parents=True)
    for path, content in left.items():
        target = place / path.relative_to(root)
        if content is None:
            target.mkdir()
        else:
            target.write_bytes(content)


def _played(acts: list[_Act]) -> _Platter:
    platter = _Platter()
    for act in acts:
        platter.act(act)
    return platter


def _surviving(inode: _Inode) -> bytes:
    return inode.content if inode.synced else inode.content[: len(inode.content) // 2]


def _reachable(path: Path, durable: dict[Path, _Inode | None], root: Path) -> bool:
    above = [folder for folder in path.parents if folder.is_relative_to(root) and folder != root]
    return path.is_relative_to(root) and path != root and all(f in durable for f in above)
