"""Goes on with a home whose ledger refuses to open: a new origin, by a person, for a reason."""

from dataclasses import dataclass

from audit.ledger import Home as LedgerHome
from audit.ledger import Ledger
from catalogue.engine import Catalogue
from custody.box import Json
from custody.errors import LedgerError, UsageError
from custody.protocols import Clock
from pipeline.database import place_of
from pipeline.home import Home
from pipeline.keys import KeyRing
from pipeline.settings import Settings
from pipeline.wiring import KEY_BACK, mirror_of, open_stores, signer_of_home, system_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrigin:
    """The log that a home writes from now on, and its first published checkpoint."""

    origin: str
    size: int
    root: str

    def as_json(self) -> dict[str, Json]:
        """Return what `audit new-origin --json` prints."""
        return {"origin": self.origin, "size": self.size, "root": self.root}


def go_on(settings: Settings, *, reason: str, actor: str, clock: Clock = system_clock) -> NewOrigin:
    """Close the log of a home and begin its successor, which cites what is known of its end.

    The ledger itself is not opened: that it refuses is why this is called. The key stays the same;
    without it nobody can say which end of the old log is genuine.

    Raises:
        UsageError: there is no reason, or it has more than one line.
        LedgerError: the key is missing, or there is no log that could be succeeded.
        StoreError: the audit store or the mirror cannot be written.
        CatalogueError: the catalogue cannot be opened.
    """
    if not reason.strip() or not reason.isprintable():
        raise UsageError("a new origin needs a reason in one line", next_step="give --reason")
    home = Home(root=settings.home)
    keys = KeyRing(home.keys)
    if not keys.has_ledger_seed:
        raise LedgerError("the ledger key of this home is missing", next_step=KEY_BACK)
    home.make()
    audit = open_stores(settings, home).audit
    with Catalogue.open(place_of(settings)) as catalogue:
        signer = signer_of_home(settings, keys, catalogue, audit)
        ledger = Ledger.succeed(
            LedgerHome(
                catalogue=catalogue,
                store=audit,
                signer=signer,
                clock=clock,
                lock_path=home.ledger_lock,
                mirror=mirror_of(settings),
            ),
            signer.name,
            reason=reason,
            actor=actor,
        )
        return NewOrigin(origin=ledger.origin, size=ledger.size, root=ledger.root)
