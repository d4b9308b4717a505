"""Changes the key that codes whom records are about, and makes every code anew from the objects.

The steps, in order; the same command again goes on wherever a crash left it:

1. The next key is written beside the one in use.
2. A transaction for some shards makes its codes anew; whoever searches meanwhile knows both keys.
3. The event is published.
4. The next key takes the place of the one in use.

What a lost key had coded is coded anew in the same way: the objects do not depend on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from audit.event import EventType
from catalogue import names, subjects, tables
from catalogue.names import NamesKind, NamesObject
from catalogue.runs import RunState
from catalogue.statements import in_batches
from custody.errors import ObjectMissingError, RefusedError, UsageError
from custody.subjects import SubjectKey
from pipeline.recording import Recorder
from pipeline.steps.indexing import Indexing
from pipeline.wiring import Runtime

# Their identifiers are in memory together; leaving out their old codes reads the table once.
SHARDS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """How many shards were coded anew, and how many could not: their objects or keys are gone."""

    key_id: str
    shards: int
    left: int


def rotate(runtime: Runtime, actor: str, reason: str) -> Rotated:
    """Change the key of codes.

    Raises:
        UsageError: the reason is not one printable line.
        RefusedError: a run is under way.
    """
    if not reason.strip() or not reason.isprintable():
        raise UsageError("a new key needs a reason in one line", next_step="give --reason")
    _check_quiet(runtime)
    key = runtime.keys.next_subject_key()
    with runtime.catalogue.read() as connection:
        shards = subjects.shards(connection)
    done = [
        told for batch in in_batches(shards, SHARDS_AT_ONCE) for told in _anew(runtime, batch, key)
    ]
    recorder = Recorder(runtime=runtime, case="", run_id="")
    event = recorder.event(
        EventType.SUBJECTS_ROTATED,
        subject={"key": key.key_id},
        body={"reason": reason, "shards": sum(done), "left": len(done) - sum(done)},
        actor=actor,
    )
    recorder.record(event)
    runtime.ledger.publish()
    runtime.keys.change_subject_key()
    return Rotated(key_id=key.key_id, shards=sum(done), left=len(done) - sum(done))


def _anew(runtime: Runtime, shards: Sequence[int], key: SubjectKey) -> list[bool]:
    """Code shards anew in one transaction; False for each whose identifiers cannot be read."""
    done = []
    with runtime.catalogue.write() as connection:
        found = {n: _read(runtime, names.get(connection, n, NamesKind.SUBJECTS)) for n in shards}
        profiles = subjects.profiles(connection, shards)
        readable = [n for n, lines in found.items() if lines is not None]
        subjects.forget_shards(connection, readable)
        for shard_id, lines in found.items():
            done.append(lines is not None)
            if lines is not None:
                Indexing(connection, shard_id, profiles[shard_id], key).write(lines)
    return done


def _read(runtime: Runtime, stored: NamesObject | None) -> list[str] | None:
    if stored is None or stored.erased_at is not None:
        return None
    try:
        return runtime.names.read_subjects(stored.sealed)
    except ObjectMissingError:
        return None


def _check_quiet(runtime: Runtime) -> None:
    with runtime.catalogue.read() as connection:
        running = sa.select(sa.func.count()).where(tables.runs.c.state == RunState.RUNNING.value)
        if connection.execute(running).scalar_one():
            raise RefusedError(
                "a run is not finished", next_step="let `autoclave recover` end it, then try again"
            )
