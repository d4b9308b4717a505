"""Promotion: proven bytes enter the clean zone, on a genuine receipt for exactly that.

The steps of `Gate.promote`, in order:

1. The receipt is genuine: its event is in a signed checkpoint and names a custody manifest.
2. The lines at hand are that manifest: their RFC 6962 root is the one that the event names.
3. Each artefact asked for stands in a line with verdict *clean* and stage *assessed*.
4. Its bytes are read from the vault and hashed; they are the artefact.
5. They are put into the clean zone, read back, and hashed again.
"""

import json
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from custody.decision import Receipt
from custody.digest import Digest
from custody.errors import NotInLedgerError, ObjectDamagedError, ObjectMissingError
from custody.lifecycle import Stage
from custody.protocols import ReceiptVerifier
from custody.verdict import Verdict
from storage.interface import Appendable, Local, Spooled, Version
from storage.verified import VerifiedStore

BATCH_BYTES = 64 * 1024**2
BATCH_OBJECTS = 512
CHUNK = 1024**2
CHECKS_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """An artefact in the clean zone; `new` when this promotion put it there."""

    digest: Digest
    size: int
    key: str
    version: str
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An artefact asked for, and how to get its verified bytes from the vault.

    `present` is its object in the clean zone, when an earlier promotion put it there.
    """

    digest: Digest
    spool: Callable[[], Spooled]
    present: Version | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An artefact and its object in the clean zone, which is not proven yet."""

    digest: Digest
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Copies to be put, and objects that are there already and have to be proven."""

    copies: tuple[Spooled, ...]
    standing: tuple[Standing, ...]


def key_of(digest: Digest) -> str:
    """Return where an artefact lies in the clean zone: its content names it, no path does."""
    return f"sha256/{digest[:2]}/{digest}"


class Gate:
    """The only way into the clean zone."""

    def __init__(
        self,
        store: Appendable,
        verifier: ReceiptVerifier,
        root_of: Callable[[Sequence[bytes]], str],
        discard: Callable[[Spooled], None],
    ) -> None:
        self._store = store
        self._read = VerifiedStore(store)
        self._verifier = verifier
        self._root_of = root_of
        self._discard = discard

    def promote(
        self, receipt: Receipt, lines: Sequence[bytes], candidates: Iterable[Candidate]
    ) -> Iterator[Promoted]:
        """Put the candidates into the clean zone; what is there already is checked and kept.

        Raises:
            NotInLedgerError: the receipt is not genuine, or does not cover a candidate.
            ObjectDamagedError: bytes of the vault or of the clean zone are not the artefact.
            StoreError: the clean zone cannot be written.
        """
        approved = self._approved(receipt, lines)
        items = self._absent(candidates, approved)
        with closing(_batches(items, self._discard)) as batches:
            for batch in batches:
                yield from self._put(batch.copies)
                self._check_all(batch.standing)
                yield from (_promoted(each, new=False) for each in batch.standing)

    def holds(self, version: Version, digest: Digest) -> bool:
        """Whether a version is there and is an artefact, byte for byte.

        Raises:
            StoreError: the clean zone cannot be read.
        """
        try:
            self._check(Standing(digest=digest, version=version))
        except (ObjectDamagedError, ObjectMissingError):
            return False
        return True

    def _approved(self, receipt: Receipt, lines: Sequence[bytes]) -> frozenset[Digest]:
        self._verifier.verify(receipt)
        if self._root_of(lines) != receipt.manifest_root:
            raise NotInLedgerError(
                f"the lines at hand are not custody manifest {receipt.manifest_root}",
                next_step="run `autoclave audit verify`",
            )
        return frozenset(
            Digest(line["digest"])
            for line in map(json.loads, lines)
            if line.get("verdict") == Verdict.CLEAN.value and line["stage"] == Stage.ASSESSED.value
        )

    def _absent(
        self, candidates: Iterable[Candidate], approved: frozenset[Digest]
    ) -> Iterator[Standing | Spooled]:
        """Yield what is in the clean zone already as standing, and all others as spooled bytes."""
        for candidate in candidates:
            if candidate.digest not in approved:
                raise NotInLedgerError(
                    f"no decision in the ledger promotes {candidate.digest}",
                    next_step="run `autoclave recover` again, then `autoclave audit verify`",
                )
            if candidate.present is None:
                yield self._spooled(candidate)
            else:
                yield Standing(digest=candidate.digest, version=candidate.present)

    def _spooled(self, candidate: Candidate) -> Spooled:
        """Take a copy from the vault; another artefact than the one asked for stays outside."""
        spooled = candidate.spool()
        if spooled.digest != candidate.digest:
            self._discard(spooled)
            raise ObjectDamagedError(
                f"the vault gave {spooled.digest} for {candidate.digest}",
                next_step="run `autoclave audit verify --deep`",
            )
        return spooled

    def _put(self, copies: Sequence[Spooled]) -> Iterator[Promoted]:
        try:
            versions = self._store.put_all([(key_of(s.digest), s) for s in copies])
        finally:
            for spooled in copies:
                self._discard(spooled)
        put = [
            Standing(digest=spooled.digest, version=version)
            for spooled, version in zip(copies, versions, strict=True)
        ]
        self._check_all(put)
        yield from (_promoted(each, new=True) for each in put)

    def _check_all(self, standing: Sequence[Standing]) -> None:
        """Prove objects of the clean zone; some at once where each is a request of its own."""
        if isinstance(self._store, Local):
            for each in standing:
                self._check(each)
            return
        with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
            for _ in pool.map(self._check, standing):
                pass

    def _check(self, standing: Standing) -> None:
        """Read an object of the clean zone back and hash it: a store's own word is not proof."""
        version, digest = standing.version, standing.digest
        if version.size <= CHUNK:
            self._read.read(version.key, version.version, 0, version.size, digest)
            return
        with self._read.open(version.key, version.version, 0, version.size, digest) as stream:
            while stream.read(CHUNK):
                pass


def _batches(
    items: Iterable[Standing | Spooled], discard: Callable[[Spooled], None]
) -> Generator[Batch, None, None]:
    """Yield batches, whose taker discards the copies in them.

    Copies that no batch took when it ends early are discarded here.
    """
    copies: list[Spooled] = []
    standing: list[Standing] = []
    try:
        for item in items:
            if isinstance(item, Standing):
                standing.append(item)
            else:
                copies.append(item)
            objects = len(copies) + len(standing)
            if sum(s.size for s in copies) >= BATCH_BYTES or objects >= BATCH_OBJECTS:
                full, copies = Batch(copies=tuple(copies), standing=tuple(standing)), []
                standing = []
                yield full
        if copies or standing:
            full, copies = Batch(copies=tuple(copies), standing=tuple(standing)), []
            yield full
    finally:
        for spooled in copies:
            discard(spooled)


def _promoted(standing: Standing, *, new: bool) -> Promoted:
    at = standing.version
    return Promoted(digest=standing.digest, size=at.size, key=at.key, version=at.version, new=new)
