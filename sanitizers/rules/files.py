"""The files of a pack, from a folder or a ZIP, with every path and size checked."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from custody.errors import RulesError

LONGEST_PATH = 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a pack is `of`, how many files it may have, how large each, and all together (bytes)."""

    of: str
    files: int
    file_bytes: int
    bytes: int


def pack_files(path: Path, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    """Yield the relative path and the content of each file of a folder or ZIP.

    Raises:
        RulesError: the path is neither, cannot be read, or a name or size is not allowed.
    """
    yield from _zip_files(path, bounds) if path.is_file() else _folder_files(path, bounds)


def _folder_files(folder: Path, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    """Yield regular files; a link out of the folder is not followed."""
    if not folder.is_dir():
        raise _refused(
            f"there is no folder or ZIP at {folder}", f"name a folder or ZIP of {bounds.of}"
        )
    total = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        content = b""
        with path.open("rb") as stream:
            content = stream.read(bounds.file_bytes + 1)
        total += len(content)
        _check_sizes(path.name, len(content), total, bounds)
        yield _checked_path(path.relative_to(folder).as_posix()), content


def _zip_files(path: Path, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a ZIP without its single top folder; sizes are those really read."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _members(archive, bounds)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise _refused(f"{path.name} is not a ZIP that can be read", "pack it again") from error


def _members(archive: zipfile.ZipFile, bounds: Bounds) -> Iterator[tuple[str, bytes]]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    names = [_checked_path(member.filename) for member in members]
    if len(names) > bounds.files or len(set(names)) != len(names):
        raise _refused("the ZIP has too many members, or one name twice", "pack it again")
    tops = {name.partition("/")[0] for name in names}
    top = f"{tops.pop()}/" if len(tops) == 1 else ""
    total = 0
    for member, name in zip(members, names, strict=True):
        if member.flag_bits & 1 or stat.S_ISLNK(member.external_attr >> 16):
            raise _refused("the ZIP has encrypted members or links", "pack it without them")
        with archive.open(member) as stream:
            content = stream.read(bounds.file_bytes + 1)
        total += len(content)
        _check_sizes(name, len(content), total, bounds)
        yield name.removeprefix(top), content


def _checked_path(untrusted_path: str) -> str:
    """Return a relative path that is safe to show and to compare."""
    parts = untrusted_path.split("/")
    if (
        len(untrusted_path) > LONGEST_PATH
        or not untrusted_path.isprintable()
        or "\\" in untrusted_path
        or any(part in {"", ".", ".."} for part in parts)
    ):
        raise _refused("the pack has a file whose path is not allowed", "rename that file")
    return untrusted_path


def _check_sizes(name: str, size: int, total: int, bounds: Bounds) -> None:
    if size > bounds.file_bytes or total > bounds.bytes:
        raise _refused(f"the pack is too large at {name}", f"leave only {bounds.of} in it")


def _refused(reason: str, next_step: str) -> RulesError:
    return RulesError(reason, next_step=next_step)
