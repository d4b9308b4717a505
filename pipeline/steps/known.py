"""The sets that are in force: held against the record, mapped, and never silently missing."""

from datetime import datetime
from pathlib import Path

from catalogue import known_sets
from catalogue.known_sets import KnownSet, SetKind
from custody.digest import digest_of
from custody.errors import RulesError
from pipeline.wiring import Runtime
from sanitizers.known.contents import GoodSet, IocSet, KnownContents
from sanitizers.known.digests import KnownDigests, damaged, file_digest
from sanitizers.known.iocs import decode


def known_in_force(runtime: Runtime) -> KnownContents:
    """Return the sets that the ledger says are in force and that have not ended.

    Raises:
        RulesError: one is missing in the home, or not what was added: its silence would be taken
            for clean.
    """
    now = runtime.ledger.now()
    return KnownContents(
        good=tuple(_good(runtime, each) for each in _holding(runtime, SetKind.GOODWARE, now)),
        iocs=tuple(_iocs(runtime, each) for each in _holding(runtime, SetKind.IOC, now)),
    )


def check_hold(runtime: Runtime, known: KnownContents) -> None:
    """Refuse to go on with known-good digests that ended, or were removed, since the run began.

    Raises:
        RulesError: a set has ended.
    """
    if not known.good:
        return
    now = runtime.ledger.now()
    held = {(each.name, each.digest) for each in _holding(runtime, SetKind.GOODWARE, now)}
    for each in known.good:
        if (each.until is not None and each.until <= now) or (each.name, each.digest) not in held:
            raise RulesError(
                f"the known-good set {each.name} has ended since the run began",
                next_step="run the same command again: it begins without that set",
            )


def path_of(runtime: Runtime, added: KnownSet) -> Path:
    """Return where a set lies in the home."""
    return runtime.home.known / added.kind.value / added.digest


def _holding(runtime: Runtime, kind: SetKind, now: datetime) -> list[KnownSet]:
    with runtime.catalogue.read() as connection:
        return [each for each in known_sets.deployed(connection, kind) if each.holds_at(now)]


def _good(runtime: Runtime, added: KnownSet) -> GoodSet:
    path = path_of(runtime, added)
    if file_digest(path) != added.digest:
        raise damaged(path)
    until = f", until {added.until.date().isoformat()}" if added.until else ""
    told = f"of {added.source}, added {added.added_at.date().isoformat()}{until}"
    return GoodSet(
        name=added.name,
        digest=added.digest,
        told=told,
        digests=KnownDigests(path),
        until=added.until,
    )


def _iocs(runtime: Runtime, added: KnownSet) -> IocSet:
    path = path_of(runtime, added)
    content = path.read_bytes() if path.is_file() else b""
    if digest_of(content) != added.digest:
        raise damaged(path)
    told = f"TLP:{added.tlp}; of {added.source}, added {added.added_at.date().isoformat()}"
    return IocSet(name=added.name, digest=added.digest, told=told, indicators=decode(content))
