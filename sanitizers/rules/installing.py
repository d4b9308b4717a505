"""Installed rule packs: <rules>/<name>/<digest>/ holds pack.json and the sources by their digests.

No name from a pack is ever a path here. A pack appears whole or not at all: it is written beside
its place and renamed. `current` names the digest in force, and an older pack does not replace a
newer one in silence.
"""

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from custody.digest import Digest, parse_digest
from custody.errors import RulesError
from sanitizers.engines.interface import Engine
from sanitizers.rules.built_in import NAME as BUILT_IN_NAME
from sanitizers.rules.checking import check
from sanitizers.rules.grading import decode_grades
from sanitizers.rules.pack import InstalledPack, PackManifest, RuleFile, RulePackSource

MANIFEST = "pack.json"
CURRENT = "current"
SOURCES = "sources"


def install(
    pack: RulePackSource, destination: Path, engine: Engine, *, allow_older: bool = False
) -> InstalledPack:
    """Check a pack and put it in force below `destination`.

    Raises:
        RulesError: as for `prepare`.
    """
    installed = prepare(pack, destination, engine, allow_older=allow_older)
    put_in_force(installed)
    return installed


def prepare(
    pack: RulePackSource, destination: Path, engine: Engine, *, allow_older: bool = False
) -> InstalledPack:
    """Check a pack and write it below `destination`, without effect on any run.

    Raises:
        RulesError: the check refuses it, its name is that of the built-in rules, or a newer pack
            of that name is in force.
    """
    if pack.name == BUILT_IN_NAME:
        raise RulesError(
            f"{BUILT_IN_NAME} is the name of the built-in rules",
            next_step="give the pack another name",
        )
    report = check(pack, engine)
    if not report.accepted:
        shown = "; ".join(report.refusals[:3])
        raise RulesError(
            f"rule pack {pack.name} is refused for {len(report.refusals)} reasons: {shown}",
            next_step="correct or remove those files, then add the pack again",
        )
    home = destination / pack.name
    if not allow_older:
        _refuse_older(home, pack.manifest)
    return write_pack(pack, destination)


def write_pack(pack: RulePackSource, destination: Path) -> InstalledPack:
    """Write a pack below `destination`, unchecked and without effect on any run.

    Raises:
        RulesError: it cannot be written.
    """
    folder = destination / pack.name / pack.digest
    if not folder.is_dir():
        _write_folder(pack, folder)
    load_pack(folder, pack.digest)
    return InstalledPack(manifest=pack.manifest, folder=folder)


def put_in_force(installed: InstalledPack) -> None:
    """Have the next run use a prepared pack, in place of the one of its name.

    Raises:
        RulesError: it cannot be written.
    """
    try:
        _write_current(installed.folder.parent, installed.digest)
    except OSError as error:
        raise _unwritable(installed.name, error) from error


def take_out_of_force(destination: Path, name: str) -> bool:
    """Have the next run use no pack of a name; False if none was in force. Its folder stays.

    Raises:
        RulesError: it cannot be written.
    """
    if name not in {pack.name for pack in installed_packs(destination)}:
        return False
    try:
        (destination / name / CURRENT).unlink()
        _sync(destination / name)
    except OSError as error:
        raise _unwritable(name, error) from error
    return True


def installed_packs(destination: Path) -> tuple[InstalledPack, ...]:
    """Return the packs in force, by name.

    Raises:
        RulesError: a pack's folder is not what its digest says.
    """
    if not destination.is_dir():
        return ()
    homes = sorted(home for home in destination.iterdir() if (home / CURRENT).is_file())
    return tuple(_in_force(home) for home in homes)


def read_manifest(folder: Path, digest: Digest) -> PackManifest:
    """Read pack.json and hold it against the digest that names the pack.

    Raises:
        RulesError: it is missing, not a manifest, or another pack's.
    """
    try:
        manifest = _parse_manifest(json.loads((folder / MANIFEST).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder) from error
    if manifest.digest != digest:
        raise _damaged(folder)
    return manifest


def load_pack(folder: Path, digest: Digest) -> RulePackSource:
    """Read an installed pack's sources and verify every one.

    Raises:
        RulesError: something is missing or changed since it was installed.
    """
    manifest = read_manifest(folder, digest)
    files = tuple(
        RuleFile(path=path, content=_source(folder, source))
        for path, source in sorted(manifest.files.items())
    )
    for file in files:
        if file.digest != manifest.files[file.path]:
            raise _damaged(folder)
    return RulePackSource(manifest=manifest, files=files)


def _in_force(home: Path) -> InstalledPack:
    try:
        digest = parse_digest((home / CURRENT).read_text().strip())
    except (OSError, ValueError) as error:
        raise _damaged(home) from error
    folder = home / digest
    return InstalledPack(manifest=read_manifest(folder, digest), folder=folder)


def _refuse_older(home: Path, manifest: PackManifest) -> None:
    if not (home / CURRENT).is_file():
        return
    present = _in_force(home).manifest
    if is_older(manifest, present):
        raise RulesError(
            f"rule pack {manifest.name} of {present.dated} is in force, and the one given is"
            f" {f'of {manifest.dated}' if manifest.dated else 'undated'}",
            next_step="go back on purpose: two people sign it with --as, --key and --reason",
        )


def is_older(manifest: PackManifest, present: PackManifest) -> bool:
    """Whether a pack is older than the one in force: by its day, then by its numbered version."""
    if present.dated and (manifest.dated is None or manifest.dated != present.dated):
        return manifest.dated is None or manifest.dated < present.dated
    before, after = _numbers(present.version), _numbers(manifest.version)
    return before is not None and after is not None and after < before


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.removeprefix("v").split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None


def _write_folder(pack: RulePackSource, folder: Path) -> None:
    incoming = folder.with_name(f".incoming-{os.getpid()}-{folder.name}")
    (incoming / SOURCES).mkdir(parents=True)
    try:
        for file in pack.files:
            _write(incoming / SOURCES / file.digest, file.content)
        _write(incoming / MANIFEST, pack.manifest.encode())
        _sync(incoming / SOURCES)
        _sync(incoming)
        incoming.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        shutil.rmtree(incoming, ignore_errors=True)
        raise _unwritable(pack.name, error) from error


def _write_current(home: Path, digest: Digest) -> None:
    incoming = home / f".{CURRENT}-{os.getpid()}"
    _write(incoming, f"{digest}\n".encode())
    incoming.replace(home / CURRENT)
    _sync(home)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _source(folder: Path, digest: Digest) -> bytes:
    try:
        return (folder / SOURCES / digest).read_bytes()
    except OSError as error:
        raise _damaged(folder) from error


def _parse_manifest(document: Mapping[str, Any]) -> PackManifest:
    return PackManifest(
        name=document["name"],
        version=document["version"],
        licence=document["licence"],
        dated=date.fromisoformat(document["dated"]) if document["dated"] else None,
        rules=int(document["rules"]),
        files={path: parse_digest(digest) for path, digest in document["files"].items()},
        overrides=dict(document["overrides"]),
        signer=document.get("signer", ""),
        grades=decode_grades(document.get("grades", {})),
    )


def _unwritable(name: str, error: OSError) -> RulesError:
    return RulesError(
        f"rule pack {name} cannot be written: {error.strerror}",
        next_step="make room and check the rights of the home folder",
    )


def _damaged(folder: Path) -> RulesError:
    return RulesError(
        f"the rule pack in {folder} is not what was installed",
        next_step="install it again with `autoclave rules add FOLDER-OR-ZIP`",
    )
