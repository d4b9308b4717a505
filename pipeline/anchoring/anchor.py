"""Anchors the newest checkpoint: over the network, with what came back by hand, or on paper."""

import json
from collections.abc import Callable, Iterator
from functools import partial

from audit.anchors import COSIGNED_SUFFIX, PAPER_SUFFIX, TIMESTAMP_SUFFIX
from audit.event import timestamp
from audit.note import text_of
from audit.timestamps import request_of, verified_stamp
from catalogue import ledger as rows
from custody.errors import AutoclaveError, SignatureError, UsageError
from pipeline.anchoring.checkpoints import NO_ANCHOR, checkpoint_of_text, checkpoint_of_token
from pipeline.anchoring.keeping import Anchor, keep, record_failure
from pipeline.anchoring.outside import post
from pipeline.anchoring.trusted import Trusted, Witness, trusted
from pipeline.anchoring.witnessing import cosigned_by
from pipeline.wiring import Runtime

MOST_PLACE = 200
GRANTED = 200
DER_SEQUENCE = b"\x30"
Asking = Callable[[], Anchor]


def newest(runtime: Runtime) -> rows.StoredCheckpoint:
    """Publish what waits, and return the checkpoint that is to be anchored."""
    published = runtime.ledger.publish()
    with runtime.catalogue.read() as connection:
        stored = rows.checkpoint(connection, runtime.ledger.origin, published.size)
    if stored is None:
        raise RuntimeError("a published checkpoint that the catalogue does not have")
    return stored


def anchor_over_network(runtime: Runtime, actor: str) -> list[Anchor]:
    """Ask everybody whom the settings name, and keep what they say; a failure is recorded.

    Raises:
        UsageError: nobody is named who could be asked.
        UnavailableError: one of them does not answer; what others said is kept all the same.
        RefusedError: an answer is not to be believed, or a witness knows another history.
    """
    known = trusted(runtime.settings)
    if not known.reachable:
        raise UsageError(
            "nobody is named who could anchor over the network",
            next_step="set audit.timestamp_url or audit.witnesses, or carry it: --request, --print",
        )
    made, failed = [], []
    for whom, ask in _everybody(runtime, newest(runtime), known, actor):
        try:
            made.append(ask())
        except AutoclaveError as error:
            failed.append(error)
            record_failure(runtime, whom, error, actor)
    runtime.ledger.publish()
    if failed:
        raise failed[0]
    return made


def accept(runtime: Runtime, untrusted: bytes, actor: str) -> Anchor:
    """Keep what came back by hand: a timestamp token, or a checkpoint that a witness cosigned.

    Raises:
        SignatureError: it is neither, is of no checkpoint of this ledger, or by nobody known.
    """
    known = trusted(runtime.settings)
    newest(runtime)
    if untrusted.startswith(DER_SEQUENCE):
        made = _stamped(runtime, checkpoint_of_token(runtime, untrusted), known, untrusted, actor)
    else:
        stored = checkpoint_of_text(runtime, _text_of(untrusted))
        made = keep(runtime, stored, known, (untrusted, COSIGNED_SUFFIX), actor=actor)
    runtime.ledger.publish()
    return made


def on_paper(runtime: Runtime, size: int, place: str, actor: str) -> Anchor:
    """Record that the three lines of a checkpoint stand on paper, and where that paper is.

    Raises:
        UsageError: the place is not said in one line, or there is no checkpoint of that size.
    """
    if not place.strip() or not place.isprintable() or len(place) > MOST_PLACE:
        raise UsageError(
            "say in one line where the paper is", next_step="such as --place 'logbook 3, page 12'"
        )
    stored = _of_size(runtime, size)
    paper = {
        "lines": text_of(stored.note),
        "place": place,
        "by": actor,
        "at": timestamp(runtime.clock()),
    }
    content = json.dumps(paper, indent=1, sort_keys=True).encode() + b"\n"
    known = trusted(runtime.settings)
    made = keep(runtime, stored, known, (content, PAPER_SUFFIX), actor=actor)
    runtime.ledger.publish()
    return made


def _of_size(runtime: Runtime, size: int) -> rows.StoredCheckpoint:
    with runtime.catalogue.read() as connection:
        stored = rows.checkpoint(connection, runtime.ledger.origin, size)
    if stored is None or not stored.published:
        raise UsageError(
            f"there is no published checkpoint of {size} entries",
            next_step="give the second of the lines that `audit anchor --print` printed",
        )
    return stored


def _everybody(
    runtime: Runtime, stored: rows.StoredCheckpoint, known: Trusted, actor: str
) -> Iterator[tuple[str, Asking]]:
    """Yield who is asked, and how."""
    if known.authority:
        yield known.authority, partial(_by_authority, runtime, stored, known, actor)
    for witness in filter(lambda w: w.url, known.witnesses):
        yield witness.key.name, partial(_by_witness, runtime, stored, known, witness, actor)


def _by_authority(
    runtime: Runtime, stored: rows.StoredCheckpoint, known: Trusted, actor: str
) -> Anchor:
    answer = post(known.authority, request_of(stored.note.encode()), "application/timestamp-query")
    if answer.status != GRANTED:
        raise SignatureError(
            f"{known.authority} answers with {answer.status}",
            next_step="check audit.timestamp_url",
        )
    return _stamped(runtime, stored, known, answer.body, actor)


def _by_witness(
    runtime: Runtime, stored: rows.StoredCheckpoint, known: Trusted, witness: Witness, actor: str
) -> Anchor:
    content = cosigned_by(runtime, witness, stored)
    return keep(runtime, stored, known, (content, COSIGNED_SUFFIX), actor=actor)


def _stamped(
    runtime: Runtime, stored: rows.StoredCheckpoint, known: Trusted, token: bytes, actor: str
) -> Anchor:
    by = verified_stamp(token, stored.note.encode(), known.roots)
    return keep(runtime, stored, known, (token, TIMESTAMP_SUFFIX), by=by, actor=actor)


def _text_of(untrusted_note: bytes) -> str:
    try:
        return untrusted_note.decode().rpartition("\n\n")[0] + "\n"
    except UnicodeDecodeError as error:
        raise SignatureError("not an anchor", next_step=NO_ANCHOR) from error
