"""A random sample of the clean zone with proofs, which an auditor can draw again."""

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from audit.history import History
from custody.box import Json
from custody.digest import Digest
from custody.errors import UsageError
from pipeline.proving.verify import prove
from pipeline.wiring import Runtime

MOST = 10_000
LONGEST_SEED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How many contents were promoted by the ledger, and those that were drawn of them."""

    promoted: int
    digests: tuple[Digest, ...]


def draw(runtime: Runtime, seed: str, count: int) -> Drawn:
    """Draw contents that the ledger says were promoted: those whose ticket is smallest.

    A ticket is SHA-256(seed || 0x0A || digest in hexadecimal), so that the same seed draws the
    same from the same ledger, whoever computes it, and nobody can foresee it without the seed.

    Raises:
        UsageError: the seed or the number is not fit for drawing.
    """
    if not 0 < count <= MOST:
        raise UsageError(f"{count} cannot be drawn", next_step=f"ask for 1 to {MOST}")
    if not seed.strip() or not seed.isprintable() or len(seed) > LONGEST_SEED:
        raise UsageError("the seed is empty or too long", next_step="throw dice, and write them")
    runtime.ledger.publish()
    with runtime.ledger.paused():
        history = History(runtime.audit, runtime.ledger.key)
    promoted = {each.digest for each in history.promoted()}
    drawn = heapq.nsmallest(count, promoted, key=lambda digest: ticket(seed, digest))
    return Drawn(promoted=len(promoted), digests=tuple(drawn))


def ticket(seed: str, digest: Digest) -> str:
    """Return the number that decides whether a content is drawn."""
    return hashlib.sha256(f"{seed}\n{digest}".encode()).hexdigest()


def receipts(runtime: Runtime, drawn: Drawn) -> Iterator[dict[str, Json]]:
    """Yield the receipt of each content that was drawn, as `audit prove` prints it."""
    for digest in drawn.digests:
        yield {"digest": digest, "receipt": prove(runtime, digest)}
