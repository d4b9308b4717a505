"""Changes the key that signs the ledger: the old one says which one follows, and is gone then.

The steps, in order; after a kill before the third the same command goes on with the same key, and
after it the key is changed already, and is changed once more:

1. A new key is made, and a statement that both keys sign is kept beside them.
2. The event with that statement is published, in a checkpoint that the old key signs.
3. The new key takes the place of the old one, which is gone.
4. The ledger is opened anew: its head is signed by the new key, and an old one is refused.
"""

from dataclasses import dataclass

from audit.event import EventType
from audit.note import Ed25519Signer, NoteSigner, sign_note
from audit.rotation import open_rotation, rotation_text
from audit.verify import fingerprint
from catalogue import ledger as rows
from custody.box import Json
from custody.errors import UsageError
from custody.protocols import Clock
from pipeline.keys import KeyRing
from pipeline.recording import Recorder
from pipeline.settings import Settings
from pipeline.wiring import Runtime, open_runtime, system_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A changed key: the fingerprints of the old and of the new one, and the new public key."""

    before: str
    after: str
    vkey: str

    def as_json(self) -> dict[str, Json]:
        """Return what `keys rotate --json` prints."""
        return {"before": self.before, "fingerprint": self.after, "vkey": self.vkey}


def rotate(settings: Settings, *, reason: str, actor: str, clock: Clock = system_clock) -> Rotation:
    """Change the key of a home's ledger, or finish a change that was cut short.

    Raises:
        UsageError: there is no reason, or it has more than one line.
        LedgerError: the ledger refuses to open.
        StoreError: a key, or a store, cannot be written.
    """
    if not reason.strip() or not reason.isprintable():
        raise UsageError("a rotation needs a reason in one line", next_step="give --reason")
    with open_runtime(settings, clock=clock) as runtime:
        before = runtime.signer
        statement = _statement(runtime.keys, before)
        _announce(runtime, statement, reason, actor)
        runtime.keys.change_ledger_seed()
    with open_runtime(settings, clock=clock) as runtime:
        vkey = runtime.ledger.vkey
        public = runtime.home.public_key
        if public.exists():
            public.write_text(f"{vkey}\n", encoding="ascii")
    return Rotation(before=fingerprint(before.vkey), after=fingerprint(vkey), vkey=vkey)


def _statement(keys: KeyRing, old: NoteSigner) -> str:
    """Return the statement of this rotation: a new one, or that of one that was cut short."""
    known = keys.rotations()
    new = Ed25519Signer(old.name, keys.next_ledger_seed())
    if known and open_rotation(known[-1]) == (old.vkey, new.vkey):
        return known[-1]
    made = sign_note(rotation_text(old.vkey, new.vkey), old, new)
    keys.keep_rotations([*old.rotations, made])
    return made


def _announce(runtime: Runtime, statement: str, reason: str, actor: str) -> None:
    """Publish the statement, unless it was before a kill."""
    if _is_announced(runtime, statement):
        return
    recorder = Recorder(runtime=runtime, case="", run_id="")
    body: dict[str, Json] = {"statement": statement, "reason": reason}
    recorder.record(recorder.event(EventType.KEY_ROTATED, body=body, actor=actor))
    runtime.ledger.publish()


def _is_announced(runtime: Runtime, statement: str) -> bool:
    new = open_rotation(statement)[1].encode()
    with runtime.catalogue.read() as connection:
        found = rows.entries(connection, runtime.ledger.origin)
        try:
            return any(new in entry.body and b"key.rotated" in entry.body for entry in found)
        finally:
            found.close()
