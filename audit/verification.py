"""Verifies the live ledger: as an outsider would, and the database against the store."""

from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from itertools import groupby

from audit.evidence import EvidenceError, Key, parse_key
from audit.history import History, StoreFiles
from audit.leftovers import check_leftovers
from audit.tiles import checkpoint_key, newest_key, read
from audit.verify import Report, check_evidence, is_newest_checkpoint
from catalogue import ledger as rows
from catalogue.engine import Catalogue
from custody.box import Json
from custody.errors import LedgerError, SignatureError
from storage.interface import Readable, is_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was verified, and what is wrong; the first fault of each part is named."""

    faults: tuple[str, ...]
    logs: dict[str, dict[str, Json]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def verified(self) -> bool:
        """Whether nothing is missing, changed or contradicted."""
        return not self.faults


def verify(
    catalogue: Catalogue,
    store: Readable,
    key: str | Key,
    mirror: Readable | None = None,
    *,
    lock: AbstractContextManager[None] | None = None,
) -> Verification:
    """Verify the audit store as an outsider would, then the database and the mirror against it.

    `lock` (`exclusive`, `Ledger.paused`) keeps sequencers from replacing tiles meanwhile.
    """
    known = parse_key(key) if isinstance(key, str) else key
    report = Report()
    faults: list[str] = []
    try:
        with lock or nullcontext():
            history = History(store, known)
            origins = history.origins() if mirror is not None else []
            mirrored = {o: read(mirror, newest_key(o)) for o in origins if mirror is not None}
        check_evidence(history.files, known, report, complete=False)
        check_leftovers(history)
        _check_versions(store)
        _check_database(catalogue, history)
        _check_mirror(history, mirrored)
    except (EvidenceError, LedgerError, SignatureError) as error:
        faults.append(str(error))
    return Verification(faults=tuple(faults), logs=report.logs, counts=report.counts)


def _check_versions(store: Readable) -> None:
    """Where nothing can be overwritten, a second version with other bytes is a forgery."""
    for key, versions in groupby(store.versions("log/"), key=lambda version: version.key):
        if is_newest_checkpoint(key) or not is_key(key):
            continue
        contents = {_content(store, key, version.version) for version in versions}
        if len(contents) > 1:
            raise EvidenceError(key, "there are versions with different bytes")


def _content(store: Readable, key: str, version: str) -> bytes:
    with store.open(key, version) as stream:
        return stream.read()


def _check_database(catalogue: Catalogue, history: History) -> None:
    with catalogue.read() as connection:
        known = rows.origins(connection)
        unfinished = {head.origin for head in rows.open_heads(connection)}
    for origin in history.origins():
        if origin not in known:
            raise EvidenceError(f"log/{origin}", "the database does not know this log")
    for origin in known:
        _check_log(catalogue, history, origin, ended=origin not in unfinished)


def _check_log(catalogue: Catalogue, history: History, origin: str, *, ended: bool) -> None:
    """Compare one log entry by entry.

    A log that an explicit successor closed may be behind in the database: a database that was
    restored from a backup is why it was closed. What is in both must still be equal.
    """
    where = f"database, log {origin}"
    with (
        catalogue.read() as connection,
        closing(rows.entries(connection, origin)) as stored,
    ):
        head = rows.head(connection, origin)
        seq = -1
        for seq, published in enumerate(history.entries(origin)):
            entry = next(stored, None)
            if entry is None and ended:
                break
            if entry is None or entry.body != published or entry.seq != seq:
                raise EvidenceError(where, f"entry {seq} is not the published one")
        if not ended and (head is None or head.size <= seq):
            raise EvidenceError(where, "the head is behind what is published")
        for checkpoint in rows.all_checkpoints(connection, origin):
            if checkpoint.published:
                _check_checkpoint(history.files, checkpoint)


def _check_checkpoint(files: StoreFiles, checkpoint: rows.StoredCheckpoint) -> None:
    name = checkpoint_key(checkpoint.origin, checkpoint.size)
    try:
        published = files.read(name)
    except KeyError:
        raise EvidenceError(name, "it was published and is gone") from None
    if published != checkpoint.note.encode():
        raise EvidenceError(name, "it is not the checkpoint that the database has")


def _check_mirror(history: History, mirrored: dict[str, bytes | None]) -> None:
    for origin, note in mirrored.items():
        if note is None:
            raise EvidenceError(f"mirror, log {origin}", "there is no checkpoint")
        if note != history.files.read(newest_key(origin)):
            raise EvidenceError(f"mirror, log {origin}", "its newest checkpoint is another one")
