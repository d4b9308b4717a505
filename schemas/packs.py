"""Packs of official definitions: which files count, the digest that pins them, and what they are.

A pack is FHIR's structure definitions or JSON schema, or the XML schemas of CDA and KMEHR with what
they import. Its digest is over the paths and digests of these files alone: the pages and pictures
that their authors ship beside them change nothing.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from custody.digest import Digest, digest_of, parse_digest
from schemas.clinical.definitions import CDA_FILES, KMEHR_FILES, find_schemas
from schemas.fhir.definitions import FILE, find_definitions
from schemas.fhir.pack import STRUCTURES, TERMINOLOGY

MANIFEST = "definitions.json"
_WANTED = (FILE, *STRUCTURES, *TERMINOLOGY, "*.xsd")
# What may be a part of a path in a home.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9 ._()+-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsPack:
    """The files of a pack by their relative paths."""

    files: Mapping[str, bytes]

    @property
    def manifest(self) -> bytes:
        """The digests of the files by their paths, written in one way."""
        return encode_manifest({path: digest_of(self.files[path]) for path in self.files})

    @property
    def digest(self) -> Digest:
        """What names the pack."""
        return digest_of(self.manifest)


def encode_manifest(files: Mapping[str, Digest]) -> bytes:
    """Return the manifest of some files."""
    return json.dumps(dict(sorted(files.items())), ensure_ascii=True).encode() + b"\n"


def chosen(files: Iterable[tuple[str, bytes]]) -> DefinitionsPack:
    """Return the pack of those files that are definitions by their names.

    Raises:
        ValueError: none is, or the path of one cannot be kept.
    """
    kept = {path: content for path, content in files if _is_wanted(path)}
    if not kept:
        raise ValueError("no file has the name of definitions")
    for path in kept:
        if not all(_PART.fullmatch(part) and part.strip(".") for part in path.split("/")):
            raise ValueError("a path that cannot be kept")
    return DefinitionsPack(files=kept)


def _is_wanted(path: str) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, pattern) for pattern in _WANTED)


def kinds_in(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return what the definitions of folders are of, after compiling them.

    Raises:
        UsageError: one is not what its name says.
    """
    found = [f"FHIR {release}" for release in sorted(find_definitions(*folders))]
    trees = (("CDA", CDA_FILES), ("KMEHR", KMEHR_FILES))
    return (*found, *(name for name, files in trees if find_schemas(folders, files) is not None))


def write(pack: DefinitionsPack, folder: Path) -> None:
    """Write a pack into a new folder, synced.

    Raises:
        OSError: it cannot be written.
    """
    for path, content in {**pack.files, MANIFEST: pack.manifest}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())


def is_whole(folder: Path, digest: Digest) -> bool:
    """Whether a folder holds exactly what the digest of a pack stands for."""
    try:
        manifest = (folder / MANIFEST).read_bytes()
        told = {path: parse_digest(each) for path, each in json.loads(manifest).items()}
        there = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if not path.is_dir()
        }
        there.pop(MANIFEST)
        if digest_of(manifest) != digest or there.keys() != told.keys():
            return False
        return all(_digest_of_file(path) == told[name] for name, path in there.items())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
