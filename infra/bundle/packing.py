"""Puts a folder into one archive: the same content gives the same bytes, wherever it is packed."""

import hashlib
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from audit import sshsig
from audit.ssh_keys import PrivateKey

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
NAMESPACE = "autoclave-bundle"
PROGRAM, DATA = 0o755, 0o644
CHUNK = 1024**2


def seal(folder: Path, key: PrivateKey | None) -> None:
    """Write the checksums of everything in a folder, and a signature under them if there is a key.

    The list is what `sha256sum -c` reads; the signature is what `ssh-keygen -Y verify` reads.
    """
    for old in (SUMS, SIGNATURE):
        (folder / old).unlink(missing_ok=True)
    lines = [f"{_digest(folder / name)}  {name}\n" for name in _names(folder)]
    sums = "".join(lines).encode()
    (folder / SUMS).write_bytes(sums)
    if key is not None:
        (folder / SIGNATURE).write_text(sshsig.sign(key, sums, NAMESPACE), encoding="ascii")


def pack(folder: Path, target: Path, made: int) -> None:
    """Write a folder as a tar archive: sorted, owned by root, all of one time (UNIX seconds)."""
    partial = target.with_name(f"{target.name}.partial")
    with ExitStack() as undo:
        undo.callback(partial.unlink, missing_ok=True)
        with tarfile.open(partial, "w", format=tarfile.PAX_FORMAT) as archive:
            for name in _names(folder):
                _add(archive, folder, name, made)
        partial.replace(target)


def _add(archive: tarfile.TarFile, folder: Path, name: str, made: int) -> None:
    member = tarfile.TarInfo(f"{folder.name}/{name}")
    member.size = (folder / name).stat().st_size
    member.mtime = made
    member.mode = PROGRAM if name.endswith(".sh") else DATA
    with (folder / name).open("rb") as content:
        archive.addfile(member, content)


def _names(folder: Path) -> Iterator[str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted(path.relative_to(folder).as_posix() for path in found)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
