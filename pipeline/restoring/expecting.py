"""Takes references: by anyone what says more than before, by two people what says less.

What a reference does not name is never called missing. So who replaces one by another that names
less hides a loss, and that is a loosening. What two people sign must be one thing, and no name may
stand in the ledger: they sign a commitment to the paths. Its salt lies encrypted beside the names
of the host until the second has signed, and goes when a name of the host is erased.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.event import Event, EventType
from catalogue import decisions, references
from catalogue.names import SealedObject
from catalogue.references import StoredReference
from custody import naming
from custody.box import Json
from custody.decision import Decision
from custody.digest import EMPTY, Digest
from custody.errors import SignatureError, UnavailableError
from custody.ids import new_id
from custody.lifecycle import Action
from pipeline.deciding.people import starting
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, first_of, record, sign_act
from pipeline.keys import NamingKeys
from pipeline.names import sealed_json
from pipeline.recording import Recorder
from pipeline.restoring.expected import Known, keeps, lines_of, reference_of
from pipeline.selecting import FOLDER
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Of which volume of which host something is expected."""

    case: str
    host: str
    volume: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceAdded:
    """A reference that counts; None while the signature that `waits` needs a second person's."""

    stored: StoredReference | None
    paths: int
    waits: Decision | None = None


def add_reference(
    runtime: Runtime,
    known: Mapping[bytes, Known],
    of: Volume,
    actor: str,
    signatory: Signatory | None = None,
) -> ReferenceAdded:
    """Store the reference of a volume, in place of an older one, on the record.

    Raises:
        SignatureError: it says less than the one before, and no registered person signs.
        UnavailableError: another one was added meanwhile.
    """
    with runtime.catalogue.read() as connection:
        before = references.newest(connection, of.case, of.host, of.volume)
        said = reference_of(runtime, connection, of.case, of.host, of.volume)
        loosens = before is not None and (said is None or not keeps(said.known, known))
        by_anyone = not loosens or starting(connection)
    if before is None or by_anyone:
        return _put(runtime, known, of, before, actor, loosens=loosens)
    if signatory is None:
        raise SignatureError(
            f"it leaves out or changes what the reference of {of.host} says, and two people sign",
            next_step="add --as NAME --key FILE --reason TEXT",
        )
    salts = _Salts(runtime, of)
    code = salts.code_of(lines_of(known))
    scope = (
        f"reference of {of.host}{'/' * bool(of.volume)}{of.volume}, {len(known)} paths in place of"
        f" {before.paths} ({before.reference_id})"
    )
    made = sign_act(runtime, Act(subject=code, action=Action.REPLACE, scope=scope), signatory)
    first = first_of(runtime, made)
    record(runtime, made, completes=first)
    if first is None:
        return ReferenceAdded(stored=None, paths=len(known), waits=made)
    added = _put(
        runtime, known, of, before, made.actor, loosens=True, code=code, signed=(first, made)
    )
    salts.forget(code)
    return added


def _put(
    runtime: Runtime,
    known: Mapping[bytes, Known],
    of: Volume,
    before: StoredReference | None,
    actor: str,
    *,
    loosens: bool,
    code: Digest | None = None,
    signed: tuple[Decision, ...] = (),
) -> ReferenceAdded:
    now = runtime.clock()
    reference_id = new_id(now, os.urandom(10))
    keys = runtime.keys.naming(of.case, of.host)
    key = f"{FOLDER}/{keys.key_id}/{reference_id}"
    stored = StoredReference(
        reference_id=reference_id,
        case_id=of.case,
        host=of.host,
        volume=of.volume,
        paths=len(known),
        sealed=sealed_json(runtime.names.write_details(key, keys, lines_of(known))),
        at=now,
    )
    said = {
        "loosens": loosens,
        "code": code,
        "decisions": [decision.decision_id for decision in signed],
    }
    event = _event(runtime, stored, said, actor)
    with runtime.catalogue.write() as connection:
        standing = references.newest(connection, of.case, of.host, of.volume)
        if standing != before:
            raise UnavailableError(
                f"another reference of {of.host} was added meanwhile",
                next_step="run the same command again",
            )
        references.add(connection, stored)
        for decision in signed:
            decisions.mark_effective(connection, decision.decision_id)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return ReferenceAdded(stored=stored, paths=len(known))


def _event(
    runtime: Runtime, stored: StoredReference, said: Mapping[str, Json], actor: str
) -> Event:
    recorder = Recorder(runtime=runtime, case=stored.case_id, run_id="")
    return recorder.event(
        EventType.EXPECTED_ADDED,
        subject={
            "reference": stored.reference_id,
            "host": stored.host,
            "volume": stored.volume,
        },
        body={"paths": stored.paths, "sealed": stored.sealed, **said},
        actor=actor,
        at=stored.at,
    )


class _Salts:
    """The salts of references that wait for a second person, encrypted beside a host's names."""

    def __init__(self, runtime: Runtime, of: Volume) -> None:
        self._names = runtime.names
        self._keys: NamingKeys = runtime.keys.naming(of.case, of.host)
        self._folder = f"{FOLDER}/{self._keys.key_id}/waits/"

    def code_of(self, lines: Sequence[str]) -> Digest:
        """Return the commitment to a reference: the one that waits already, or a new one."""
        words = "\n".join(lines).encode()
        for code, salt in self._waiting():
            if naming.commitment(salt, words) == code:
                return Digest(code)
        salt = os.urandom(naming.SALT_BYTES)
        code = naming.commitment(salt, words)
        self._names.write_details(f"{self._folder}{code}", self._keys, [salt.hex()])
        return Digest(code)

    def forget(self, code: Digest) -> None:
        """Remove a salt that nobody needs any more."""
        self._names.remove(f"{self._folder}{code}")

    def _waiting(self) -> Iterator[tuple[str, bytes]]:
        for version in list(self._names.store.versions(self._folder)):
            sealed = SealedObject(
                key=version.key, version=version.version, digest=EMPTY, key_id=self._keys.key_id
            )
            (salt,) = self._names.read_details(sealed)
            yield version.key.removeprefix(self._folder), bytes.fromhex(salt)
