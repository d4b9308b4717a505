"""Makes the catalogue of a home again from ledger, manifests and names, and puts it in its place.

The steps, in order; until the last one the home is as it was:

1. Nobody has the old catalogue open, and the published ledger verifies as for an outsider.
2. It is replayed into a new file beside the old catalogue.
3. The new file is verified against the published ledger and its mirror.
4. The new file takes the place of the old one, durably; the old write-ahead log goes first, because
   SQLite would play it into the new file.
5. The home is opened again and the event is published.

What was never published had no effect outside the catalogue, and is gone: a run that was under way
is ended as failed, and the next run reads its source again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audit import verification
from audit.event import EventType
from audit.evidence import EvidenceError, parse_key
from audit.history import History
from audit.ledger import Home as LedgerHome
from audit.note import NoteSigner
from audit.verify import Report, check_evidence
from catalogue import tables
from catalogue.engine import Catalogue
from catalogue.runs import RunState
from catalogue.times import to_microseconds
from custody.box import Json
from custody.errors import CatalogueError, LedgerError, StoreError
from custody.protocols import Clock
from pipeline.home import Home
from pipeline.keys import KeyRing
from pipeline.names import NamesBook
from pipeline.rebuilding.published import Published, rebuild_into
from pipeline.rebuilding.replay_names import ReplayNames
from pipeline.recording import ACTOR, Recorder
from pipeline.settings import Settings
from pipeline.stores import Stores
from pipeline.wiring import ledger_signer, mirror_of, open_runtime, open_stores, system_clock
from storage.disk import RealDisk
from storage.interface import Readable

SUFFIXES = ("-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made again. `unfinished` runs were ended; `unnamed` objects could not be opened."""

    catalogue: Path
    events: int
    entries: int
    unfinished: int
    unnamed: int

    def as_json(self) -> dict[str, Json]:
        """Return what `catalogue rebuild --json` prints."""
        return {
            "catalogue": str(self.catalogue),
            "events": self.events,
            "entries": self.entries,
            "unfinished": self.unfinished,
            "unnamed": self.unnamed,
        }


def rebuild(settings: Settings, *, actor: str = ACTOR, clock: Clock = system_clock) -> Rebuilt:
    """Make the catalogue of a home again; nothing else may work on the home meanwhile.

    Raises:
        LedgerError: what is published does not verify, or holds what this version cannot replay.
        CatalogueError: there is no ledger here, or the new catalogue cannot be written.
    """
    home = Home(root=settings.home)
    _check_home(home)
    keys = KeyRing(home.keys)
    signer = ledger_signer(settings, keys)
    stores = open_stores(settings, home)
    new = home.catalogue.with_name(f"{home.catalogue.name}.rebuilt")
    _remove(new)
    with ExitStack() as opened:
        catalogue = opened.enter_context(Catalogue.open(new))
        audit = LedgerHome(
            catalogue=catalogue,
            store=stores.audit,
            signer=signer,
            clock=clock,
            lock_path=home.ledger_lock,
        )
        opened.enter_context(_alone(home, audit))
        rebuilt = _replayed(home, audit, stores, keys)
        found = verification.verify(catalogue, audit.store, signer.vkey, mirror_of(settings))
        if not found.verified:
            raise _refusal("; ".join(found.faults))
        catalogue.close()
        _replace(new, home.catalogue)
    _record(settings, rebuilt, actor, clock)
    return rebuilt


def _replayed(home: Home, audit: LedgerHome, stores: Stores, keys: KeyRing) -> Rebuilt:
    """Fill a new catalogue from what is published, and say what it holds."""
    published = _verified(audit.store, audit.signer)
    names = ReplayNames(book=NamesBook(stores.names, keys), keys=keys)
    events = rebuild_into(audit.catalogue, published, names)
    entries, unfinished = _finish(audit.catalogue, audit.clock)
    return Rebuilt(
        catalogue=home.catalogue,
        events=events,
        entries=entries,
        unfinished=unfinished,
        unnamed=names.missing,
    )


def _check_home(home: Home) -> None:
    """Refuse a home without a key: making one would begin another ledger."""
    if not (home.keys / "ledger.key").exists():
        raise CatalogueError(
            f"the home {home.root} has no ledger key",
            next_step="put the keys back from their backup, or check --home",
        )


@contextmanager
def _alone(home: Home, ledger_home: LedgerHome) -> Iterator[None]:
    """Keep sequencers of this machine waiting, and refuse while somebody has the catalogue open.

    SQLite leaves its write-ahead log only when no other connection is there. A catalogue that is
    damaged cannot tell, and is no reason not to rebuild it.
    """
    with ledger_home.locked():
        if home.catalogue.exists() and _is_open(home.catalogue):
            raise CatalogueError(
                "another process works on this home",
                next_step="let runs and consoles of this home end, then rebuild again",
            )
        yield


def _is_open(catalogue: Path) -> bool:
    with closing(sqlite3.connect(catalogue, timeout=1.0)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            return error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
        except sqlite3.DatabaseError:
            return False
    return bool(mode == "wal")


def _verified(store: Readable, signer: NoteSigner) -> Published:
    key = parse_key(signer.vkey)
    history = History(store, key)
    try:
        check_evidence(history.files, key, Report(), complete=False)
    except EvidenceError as error:
        raise _refusal(str(error)) from error
    return Published(history)


def _refusal(what: str) -> LedgerError:
    return LedgerError(
        f"the published ledger does not verify: {what}",
        next_step="restore the audit store from its copy, then rebuild",
    )


def _finish(catalogue: Catalogue, clock: Clock) -> tuple[int, int]:
    """End what cannot go on, and make the file stand alone; return entries and ended runs."""
    runs = tables.runs.c
    with catalogue.write() as connection:
        ended = connection.execute(
            sa.update(tables.runs)
            .where(runs.state == RunState.RUNNING.value)
            .values(state=RunState.FAILED.value, ended_at=to_microseconds(clock()))
        ).rowcount
        count = sa.select(sa.func.count()).select_from(tables.entries)
        entries = connection.execute(count).scalar_one()
    return entries, int(ended)


def _replace(new: Path, old: Path) -> None:
    """Put a finished catalogue in the place of another, so that a power cut leaves one of them."""
    disk = RealDisk()
    try:
        with closing(sqlite3.connect(new)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        disk.sync(new)
        for suffix in SUFFIXES:
            old.with_name(old.name + suffix).unlink(missing_ok=True)
            new.with_name(new.name + suffix).unlink(missing_ok=True)
        disk.rename(new, old)
        disk.sync_folder(old.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"the rebuilt catalogue cannot be put in place: {error}",
            next_step="make room in the home, then rebuild again",
        ) from error


def _remove(new: Path) -> None:
    """Remove what an interrupted rebuild left."""
    for suffix in ("", *SUFFIXES):
        new.with_name(new.name + suffix).unlink(missing_ok=True)


def _record(settings: Settings, rebuilt: Rebuilt, actor: str, clock: Clock) -> None:
    with open_runtime(settings, clock) as runtime:
        recorder = Recorder(runtime=runtime, case="", run_id="")
        body = {"events": rebuilt.events, "unfinished": rebuilt.unfinished}
        recorder.record(recorder.event(EventType.CATALOGUE_REBUILT, body=body, actor=actor))
        runtime.ledger.publish()
