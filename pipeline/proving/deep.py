"""The deep verification: stored bytes hashed again, rows compared that follow from the ledger."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audit.history import History
from audit.history import Promoted as PromotedPart
from catalogue import ledger as ledger_rows
from catalogue import recalls, tables
from catalogue.comparison import differences
from catalogue.engine import Catalogue
from catalogue.orders import order_faults
from cleanzone.promotion import key_of
from custody.digest import Digest
from custody.errors import AutoclaveError, InterruptedRunError
from custody.lifecycle import Stage
from custody.verdict import Verdict
from pipeline.proving.faults import Fault
from pipeline.proving.intents import OpenIntent
from pipeline.proving.opened import OPENED, opened_faults
from pipeline.proving.rehash import Rehashed, is_true, rehash
from pipeline.proving.sealed_names import names_faults
from pipeline.rebuilding.published import Published, rebuild_into
from pipeline.rebuilding.replay_names import ReplayNames
from pipeline.wiring import Runtime
from storage.interface import Readable

PUBLISH_ATTEMPTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Deep:
    """What a deep verification found, and how much it looked at.

    `uncommitted` are objects of the vault that a crash left before anything named them;
    `unchecked` is what could not be looked at here, and why.
    """

    faults: tuple[Fault, ...]
    counts: Mapping[str, int]
    uncommitted: tuple[str, ...]
    unchecked: tuple[str, ...]


def check(runtime: Runtime, intents: tuple[OpenIntent, ...]) -> Deep:
    """Compare vault, clean zone, names and database with what is published.

    Raises:
        InterruptedRunError: somebody records without pause, so that nothing stands still.
        LedgerError: a manifest is missing or damaged.
    """
    with _standing_still(runtime) as live:
        with runtime.ledger.paused():
            history = History(runtime.audit, runtime.ledger.key)
        sizes = {origin: _size(live, origin) for origin in ledger_rows.origins(live)}
        published = Published(history, sizes)
        vault = rehash(runtime.audited(), "vault", history.vault_parts())
        clean = rehash(runtime.clean, "clean zone", _standing_parts(live, history))
        faults = [*vault.faults, *clean.faults]
        approved = _intended(published, intents) | _promoted(live, history, clean)
        approved |= _leaving(live)
        strangers, shelved = _parted(clean.unnamed)
        faults += _unpromoted(runtime.clean, strangers, approved)
        faults += opened_faults(runtime, live, published.events(), shelved)
        faults += names_faults(runtime, live, published)
        damages = runtime.catalogue.integrity_faults(live)
        faults += [Fault(where="database", what=damage) for damage in damages]
        unchecked = runtime.catalogue.unchecked(live)
        faults += _orders(live)
        faults += _rows(runtime, live, published)
    return Deep(
        faults=tuple(faults),
        counts={
            "vault_parts": vault.parts,
            "vault_bytes": vault.size,
            "promoted": clean.parts,
            "promoted_bytes": clean.size,
        },
        uncommitted=vault.unnamed,
        unchecked=(f"the database's own indexes: {unchecked}",) if unchecked else (),
    )


@contextmanager
def _standing_still(runtime: Runtime) -> Iterator[sa.Connection]:
    """Give a view of the database at a moment when everything recorded was numbered."""
    for _ in range(PUBLISH_ATTEMPTS):
        runtime.ledger.publish()
        with runtime.catalogue.read() as connection:
            if not ledger_rows.waiting(connection):
                yield connection
                return
    raise InterruptedRunError(
        "work goes on while the catalogue is to be compared with the ledger",
        next_step="let the runs end, then verify again",
    )


def _size(live: sa.Connection, origin: str) -> int:
    head = ledger_rows.head(live, origin)
    return 0 if head is None else head.size


def _standing_parts(live: sa.Connection, history: History) -> Iterator[PromotedPart]:
    """Yield what was promoted and not recalled since."""
    columns = tables.promotions.c
    statement = sa.select(columns.digest).where(columns.recalled_at.is_not(None))
    recalled = set(live.execute(statement).scalars())
    return (part for part in history.promoted() if part.digest not in recalled)


def _intended(published: Published, intents: tuple[OpenIntent, ...]) -> frozenset[Digest]:
    """Return what an open intention may already have put into the clean zone."""
    return frozenset(
        Digest(line["digest"])
        for intent in intents
        for line in published.lines(intent.decision)
        if line["verdict"] == Verdict.CLEAN.value and line["stage"] == Stage.ASSESSED.value
    )


def _leaving(live: sa.Connection) -> frozenset[Digest]:
    """Return what a recall is about to remove, and a crash may have left."""
    left = [recalls.contents_of(live, act.recall_id) for act in recalls.unfinished(live)]
    return frozenset(digest for contents in left for digest in contents)


def _promoted(live: sa.Connection, history: History, clean: Rehashed) -> frozenset[Digest]:
    """Return what of the unnamed stands promoted under another version, too.

    Where each put is a version of its own, a promotion that was cut short leaves one behind.
    """
    unnamed = {_digest_in(name) for name in clean.unnamed}
    return frozenset(p.digest for p in _standing_parts(live, history) if p.digest in unnamed)


def _digest_in(name: str) -> str:
    """Return the digest that names an object of the clean zone."""
    return name.rpartition("@")[0].rpartition("/")[2]


def _parted(unnamed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what no promotion names: what lies elsewhere, and what lies in opened sets."""
    shelved = [name for name in unnamed if name.startswith(OPENED)]
    return [name for name in unnamed if not name.startswith(OPENED)], shelved


def _unpromoted(
    store: Readable, unnamed: Sequence[str], approved: frozenset[Digest]
) -> Iterator[Fault]:
    """Yield what no manifest names: only a true copy of something approved may be there."""
    for name in unnamed:
        key, _, version = name.rpartition("@")
        digest = _digest_in(name)
        if digest not in approved or key != key_of(Digest(digest)):
            yield Fault(where=f"clean zone {name}", what="no manifest promoted it")
        elif not is_true(store, key, version, digest):
            yield Fault(where=f"clean zone {name}", what="its bytes are not those of its name")


def _orders(live: sa.Connection) -> Iterator[Fault]:
    """Name the shards and attempts that cannot be: no manifest tells of them."""
    try:
        for row, what in order_faults(live):
            yield Fault(where=f"table {row}", what=what)
    except TypeError as error:
        yield Fault(where="table shards", what=f"a value is of another kind: {error}")


def _rows(runtime: Runtime, live: sa.Connection, published: Published) -> Iterator[Fault]:
    """Make the catalogue again beside the live one and name every row that differs."""
    names = ReplayNames(book=runtime.names, keys=runtime.keys)
    with (
        tempfile.TemporaryDirectory(dir=runtime.home.spool, prefix="verify-") as folder,
        Catalogue.open(Path(folder) / "catalogue.sqlite") as rebuilt,
    ):
        try:
            rebuild_into(rebuilt, published, names)
        except AutoclaveError as error:
            yield Fault(where="catalogue", what=f"cannot be made again: {error.reason}")
            return
        yield from _still_there(runtime, names)
        with rebuilt.read() as connection:
            try:
                for found in differences(live, connection):
                    yield Fault(where=f"table {found.table}, row {found.row}", what=found.what)
            except (TypeError, ValueError) as error:
                yield Fault(where="catalogue", what=f"a value is of another kind: {error}")


def _still_there(runtime: Runtime, names: ReplayNames) -> Iterator[Fault]:
    """Name every object that an erasure replaced or ended, and that can still be read."""
    for key in sorted(names.erased):
        for found in runtime.names.store.versions(key):
            if found.key == key:
                where = f"names {found.key}@{found.version}"
                yield Fault(where=where, what="the names were erased, and the object is there")
