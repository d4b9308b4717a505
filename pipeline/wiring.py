"""Wires a home together: catalogue, stores, ledger, names and keys behind one frozen value."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from audit.evidence import BAD, parse_key
from audit.ledger import Ledger
from audit.note import Ed25519Signer, NoteSigner
from audit.rotation import open_rotation
from catalogue import leases
from catalogue import ledger as ledger_rows
from catalogue.engine import Catalogue
from custody.errors import LedgerError, SettingsError
from custody.protocols import Clock
from pipeline.database import WORK, place_of
from pipeline.home import Home
from pipeline.home_lock import at_work
from pipeline.keys import KeyRing
from pipeline.names import NamesBook
from pipeline.settings import Settings
from pipeline.stores import Stores, open_folders
from quarantine.vault import Vault
from storage.filesystem import FilesystemStore
from storage.interface import Appendable, ObjectStore, Readable
from storage.spool import Spool

SPOOL_BYTES = 64 * 1024**3
STORE_KINDS = ("filesystem", "s3")
KEY_BACK = "put keys/ledger.key back from its backup, and audit.origin as it was"


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything that the steps of a run act through.

    `outgoing` is the vault of the promoter, `again` that of the re-scanner, and `audited` the
    quarantine that the auditor reads.
    """

    settings: Settings
    home: Home
    keys: KeyRing
    catalogue: Catalogue
    ledger: Ledger
    signer: NoteSigner
    vault: Vault
    outgoing: Vault
    again: Vault
    audited: Callable[[], Readable]
    spool: Spool
    clean: Appendable
    recaller: ObjectStore
    audit: Appendable
    names: NamesBook
    clock: Clock

    @property
    def lease_time(self) -> timedelta:
        """How long a lease lasts unless it is renewed."""
        return timedelta(seconds=self.settings.run.lease_seconds)


def system_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


@contextlib.contextmanager
def open_runtime(settings: Settings, clock: Clock = system_clock) -> Iterator[Runtime]:
    """Open a home, making what is missing, and close it at the end.

    Raises:
        SettingsError: the settings of the stores cannot be used.
        StoreError: the home cannot be written, or a store does not answer.
        CatalogueError: the catalogue cannot be opened.
        LedgerError: what is published is ahead of the catalogue, or different from it, or the key
            is not the one that this home's ledger was begun with.
    """
    home = Home(root=settings.home)
    home.make()
    keys = KeyRing(home.keys)
    spool = Spool(home.spool, SPOOL_BYTES)
    stores = open_stores(settings, home)
    with contextlib.ExitStack() as opened:
        catalogue = opened.enter_context(Catalogue.open(place_of(settings)))
        opened.enter_context(catalogue.holding([WORK], shared=True))
        clear = partial(_clear_away, home, catalogue, clock, (spool, *stores.swept))
        opened.enter_context(at_work(home.work_lock, clear))
        catalogue.check()
        signer = signer_of_home(settings, keys, catalogue, stores.audit)
        yield Runtime(
            settings=settings,
            home=home,
            keys=keys,
            catalogue=catalogue,
            ledger=_ledger(settings, home, catalogue, stores.audit, signer=signer, clock=clock),
            signer=signer,
            vault=Vault(stores.quarantine, spool),
            outgoing=Vault(stores.outgoing, spool),
            again=Vault(stores.again, spool),
            audited=stores.audited,
            spool=spool,
            clean=stores.clean,
            recaller=stores.recaller,
            audit=stores.audit,
            names=NamesBook(stores.names, keys),
            clock=clock,
        )


def open_stores(settings: Settings, home: Home) -> Stores:
    """Return the stores that the settings name; a bucket is not asked for anything yet.

    Raises:
        SettingsError: the settings do not say which, or cannot be used.
        StoreError: a folder cannot be made.
    """
    match settings.stores.kind:
        case "filesystem":
            return open_folders(home)
        case "s3":
            from pipeline.buckets import open_buckets  # noqa: PLC0415  only S3 pays for the SDK

            return open_buckets(settings, home)
        case kind:
            raise SettingsError(
                f"stores.kind is {kind!r}", next_step=f"give one of: {', '.join(STORE_KINDS)}"
            )


def _clear_away(
    home: Home, catalogue: Catalogue, clock: Clock, swept: Iterable[Spool | FilesystemStore]
) -> None:
    """Remove what processes of this home that are dead have left: unfinished bytes, leases."""
    for each in swept:
        each.sweep()
    with catalogue.write() as connection:
        leases.expire(connection, home.owner, clock())


def _ledger(
    settings: Settings,
    home: Home,
    catalogue: Catalogue,
    audit: Appendable,
    *,
    signer: NoteSigner,
    clock: Clock,
) -> Ledger:
    return Ledger.open(
        catalogue,
        audit,
        signer=signer,
        origin=signer.name,
        clock=clock,
        mirror=mirror_of(settings),
        lock_path=home.ledger_lock,
    )


def ledger_signer(settings: Settings, keys: KeyRing) -> NoteSigner:
    """Return the signer of checkpoints; its name is the ledger's origin.

    Two homes must not sign under one name, so the default origin holds a code of the key.
    """
    seed, rotations = keys.ledger_seed(), keys.rotations()
    try:
        if rotations:
            # The log goes on under its name, whatever key signs it.
            name = parse_key(open_rotation(rotations[0])[0]).name
        else:
            code = hashlib.sha256(b"origin" + seed).hexdigest()[:12]
            name = settings.audit.origin or f"autoclave.local/{code}"
        return Ed25519Signer(name, seed, rotations)
    except BAD as error:
        raise LedgerError(
            f"what is kept of the rotations of the ledger's key does not fit it: {error}",
            next_step=KEY_BACK,
        ) from error


def signer_of_home(
    settings: Settings, keys: KeyRing, catalogue: Catalogue, audit: Readable
) -> NoteSigner:
    """Return the signer of a home's ledger; only a home without a ledger gets a new key.

    With another key the ledger would begin anew under another name, and nobody would notice.

    Raises:
        LedgerError: the key is lost, or is not the one that the ledger was begun with.
    """
    with catalogue.read() as connection:
        origins = ledger_rows.origins(connection)
    if not origins and not _holds(audit, ""):
        return ledger_signer(settings, keys)
    if not keys.has_ledger_seed:
        raise LedgerError("the ledger key of this home is missing", next_step=KEY_BACK)
    signer = ledger_signer(settings, keys)
    if signer.name not in origins and not _holds(audit, f"{signer.name}/"):
        raise LedgerError(
            f"this home's ledger is not {signer.name}, as its key and settings say",
            next_step=KEY_BACK,
        )
    return signer


def _holds(audit: Readable, origin: str) -> bool:
    """Whether a log whose name begins so was published; opening the ledger compares it."""
    return next(iter(audit.versions(f"log/{origin}")), None) is not None


def mirror_of(settings: Settings) -> ObjectStore | None:
    """Return the second copy of the checkpoints, where the settings ask for one."""
    return FilesystemStore(Path(settings.audit.mirror)) if settings.audit.mirror else None
