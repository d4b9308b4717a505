"""Makes the catalogue of a home again from ledger, manifests and names, and puts it in its place.

The steps, in order; until the last one the home is as it was:

1. Nobody has the old catalogue open, and the published ledger verifies as for an outsider.
2. It is replayed into a new catalogue beside the old one.
3. The new one is verified against the published ledger and its mirror.
4. The new one takes the place of the old one, at once and durably.
5. The home is opened again and the event is published.

What was never published had no effect outside the catalogue, and is gone: a run that was under way
is ended as failed, and the next run reads its source again.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from audit import verification
from audit.event import EventType
from audit.evidence import EvidenceError
from audit.history import History
from audit.ledger import Home as LedgerHome
from audit.ledger import exclusive
from audit.note import NoteSigner
from audit.verify import Report, check_evidence
from catalogue import rescans, tables
from catalogue.engine import Catalogue
from catalogue.runs import RunState
from catalogue.statements import number_on
from catalogue.times import to_microseconds
from custody.box import Json
from custody.errors import CatalogueError, LedgerError
from custody.protocols import Clock
from pipeline.database import place_of, shown
from pipeline.home import Home
from pipeline.keys import KeyRing
from pipeline.names import NamesBook
from pipeline.rebuilding.placing import Placing, placing_of
from pipeline.rebuilding.published import Published, rebuild_into
from pipeline.rebuilding.replay_names import ReplayNames
from pipeline.recording import ACTOR, Recorder
from pipeline.settings import Settings
from pipeline.stores import Stores
from pipeline.wiring import ledger_signer, mirror_of, open_runtime, open_stores, system_clock
from storage.interface import Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What was made again. `unfinished` runs were ended; `unnamed` objects could not be opened."""

    catalogue: str
    events: int
    entries: int
    unfinished: int
    unnamed: int

    def as_json(self) -> dict[str, Json]:
        """Return what `catalogue rebuild --json` prints."""
        return {
            "catalogue": self.catalogue,
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
    place = place_of(settings)
    placing = placing_of(place)
    with ExitStack() as opened:
        opened.enter_context(_alone(home, placing))
        placing.clear()
        catalogue = opened.enter_context(Catalogue.open(placing.new))
        audit = LedgerHome(
            catalogue=catalogue,
            store=stores.audit,
            signer=signer,
            clock=clock,
            lock_path=home.ledger_lock,
        )
        rebuilt = _replayed(shown(place), audit, stores, keys)
        found = verification.verify(catalogue, audit.store, signer.key, mirror_of(settings))
        if not found.verified:
            raise _refusal("; ".join(found.faults))
        catalogue.close()
        placing.replace()
    _record(settings, rebuilt, actor, clock)
    return rebuilt


def _replayed(place: str, audit: LedgerHome, stores: Stores, keys: KeyRing) -> Rebuilt:
    """Fill a new catalogue from what is published, and say what it holds."""
    published = _verified(audit.store, audit.signer)
    names = ReplayNames(book=NamesBook(stores.names, keys), keys=keys)
    events = rebuild_into(audit.catalogue, published, names)
    entries, unfinished = _finish(audit.catalogue, audit.clock)
    return Rebuilt(
        catalogue=place,
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
def _alone(home: Home, placing: Placing) -> Iterator[None]:
    """Keep sequencers waiting, and refuse while somebody has the catalogue open."""
    with exclusive(home.ledger_lock), placing.alone():
        yield


def _verified(store: Readable, signer: NoteSigner) -> Published:
    key = signer.key
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
    """End what cannot go on; return the number of entries and of ended runs."""
    runs = tables.runs.c
    with catalogue.write() as connection:
        ended = connection.execute(
            sa.update(tables.runs)
            .where(runs.state == RunState.RUNNING.value)
            .values(state=RunState.FAILED.value, ended_at=to_microseconds(clock()))
        ).rowcount
        rescans.end_all(connection, clock())
        number_on(connection)
        count = sa.select(sa.func.count()).select_from(tables.entries)
        entries = connection.execute(count).scalar_one()
    return entries, int(ended)


def _record(settings: Settings, rebuilt: Rebuilt, actor: str, clock: Clock) -> None:
    with open_runtime(settings, clock) as runtime:
        recorder = Recorder(runtime=runtime, case="", run_id="")
        body = {"events": rebuilt.events, "unfinished": rebuilt.unfinished}
        recorder.record(recorder.event(EventType.CATALOGUE_REBUILT, body=body, actor=actor))
        runtime.ledger.publish()
