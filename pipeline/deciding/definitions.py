"""Adds official definitions of record formats, which tighten; to replace some takes two people."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from catalogue import known_sets
from catalogue.known_sets import KnownSet, SetKind
from custody.decision import Decision
from custody.errors import RulesError, UsageError
from custody.lifecycle import Action
from pipeline.deciding.known_sets import check_named, put_on_record
from pipeline.deciding.people import at_start
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.wiring import Runtime
from sanitizers.rules.files import Bounds, pack_files
from schemas.packs import DefinitionsPack, chosen, is_whole, kinds_in, write

BOUNDS = Bounds(of="definitions", files=50_000, file_bytes=256 << 20, bytes=1 << 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsToAdd:
    """A folder or ZIP on disk, what to call it, and who made it; `expected` begins its digest."""

    path: Path
    name: str
    source: str
    expected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionsAdded:
    """A pack and what it is of; in force unless a signature `waits` for a second person's."""

    pack: KnownSet
    kinds: tuple[str, ...]
    waits: Decision | None = None


def add(
    runtime: Runtime, wanted: DefinitionsToAdd, signatory: Signatory | None = None
) -> DefinitionsAdded:
    """Compile definitions, keep them in the home, and have the next run validate with them.

    Raises:
        RulesError: the folder or ZIP cannot be read or kept, or is not the expected one.
        SignatureError: it replaces another pack, and no registered person who decides signs.
        UsageError: there are no definitions in it, one does not compile, or nobody signs for
            replacing another pack.
    """
    check_named(wanted.name, wanted.source)
    pack = _read(wanted)
    if wanted.expected and not pack.digest.startswith(wanted.expected):
        raise RulesError(
            f"the definitions are {pack.digest}, and not the expected ones",
            next_step="get them from their author again, or correct --expect",
        )
    kinds = _kept(runtime, pack)
    known = KnownSet(
        kind=SetKind.DEFINITIONS,
        name=wanted.name,
        digest=pack.digest,
        source=wanted.source,
        tlp="",
        entries=len(pack.files),
        until=None,
        added_at=runtime.clock(),
    )
    signed: tuple[Decision, ...] = ()
    if _replaces(runtime, known) and not at_start(runtime):
        made, first = _sign(runtime, known, signatory)
        if first is None:
            return DefinitionsAdded(pack=known, kinds=kinds, waits=made)
        signed = (first, made)
    put_on_record(runtime, known, signed)
    return DefinitionsAdded(pack=known, kinds=kinds)


def in_force(runtime: Runtime) -> list[KnownSet]:
    """Return the packs that the next run validates with."""
    with runtime.catalogue.read() as connection:
        return known_sets.deployed(connection, SetKind.DEFINITIONS)


def _read(wanted: DefinitionsToAdd) -> DefinitionsPack:
    try:
        return chosen(pack_files(wanted.path, BOUNDS))
    except ValueError as error:
        raise UsageError(
            f"{wanted.path.name} holds no definitions that can be kept: {error}",
            next_step="give those of FHIR, or the XML schemas of CDA or KMEHR, as published",
        ) from error


def _kept(runtime: Runtime, pack: DefinitionsPack) -> tuple[str, ...]:
    """Write a pack beside its place, compile it there, and put it into its place."""
    folder = runtime.home.definitions / pack.digest
    incoming = folder.with_name(f".incoming-{os.getpid()}-{pack.digest}")
    try:
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir(mode=0o700, parents=True)
        write(pack, incoming)
        kinds = kinds_in([incoming])
        if not kinds:
            raise UsageError(
                "these files belong to definitions, and are none",
                next_step="give them whole, as their author publishes them",
            )
        if not is_whole(folder, pack.digest):
            shutil.rmtree(folder, ignore_errors=True)
            incoming.rename(folder)
            _sync(folder.parent)
    except OSError as error:
        raise RulesError(
            f"the definitions cannot be kept: {error.strerror}",
            next_step="make room and check the rights of the home folder",
        ) from error
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return kinds


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replaces(runtime: Runtime, known: KnownSet) -> bool:
    return any(
        pack.name == known.name and pack.digest != known.digest for pack in in_force(runtime)
    )


def _sign(
    runtime: Runtime, known: KnownSet, signatory: Signatory | None
) -> tuple[Decision, Decision | None]:
    if signatory is None:
        raise UsageError(
            f"other definitions are called {known.name}: two people sign that they are replaced",
            next_step="add --as NAME --key FILE --reason TEXT, or give these another --name",
        )
    scope = f"definitions {known.name}, {known.entries} files of {known.source}"
    made = sign_act(
        runtime, Act(subject=known.digest, action=Action.REPLACE, scope=scope), signatory
    )
    first = first_of(runtime, made)
    record(runtime, made, completes=first)
    return made, first
