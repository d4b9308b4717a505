"""Changes of policy: proposed by one person, approved by another, both signed and on the record."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from audit.event import EventType
from audit.history import History
from catalogue import policies
from catalogue.policies import PolicyState, StoredPolicy
from custody.box import Json
from custody.digest import Digest, digest_of
from custody.errors import PolicyError, SignatureError, UsageError
from pipeline.deciding.signing import Signatory, Signed, check_words, sign_statement
from pipeline.recording import Recorder
from pipeline.wiring import Runtime
from sanitizers.derogations import out_of_bounds
from sanitizers.policy import Policy
from sanitizers.policy_file import parse_policy, read_content


def propose(runtime: Runtime, path: Path, signatory: Signatory) -> StoredPolicy:
    """Propose a policy file; nothing changes until another person approves it.

    Raises:
        PolicyError: the file is no policy, or cannot be read, or a derogation in it has ended or
            is too long.
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: the reason is not one printable line.
    """
    content = read_content(path)
    policy = parse_policy(content)
    _check_derogations(policy, runtime.ledger.now())
    signed = _sign(runtime, "propose", policy.digest, signatory)
    stored = StoredPolicy(
        digest=policy.digest,
        name=policy.name,
        content=content,
        state=PolicyState.PROPOSED,
        at=runtime.clock(),
        proposed_by=signed.actor,
        reason=signed.reason,
    )
    _record(runtime, stored, EventType.POLICY_PROPOSED, signed)
    return stored


def approve(runtime: Runtime, digest: Digest, signatory: Signatory) -> StoredPolicy:
    """Put a proposed policy in force.

    Raises:
        PolicyError: nothing of this digest is proposed, the same person proposed it, or a
            derogation in it has ended meanwhile.
        SignatureError: this signature, or that of the proposal on the record, is not that of a
            registered person who may decide.
        UsageError: the reason is not one printable line.
    """
    with runtime.catalogue.read() as connection:
        stored = policies.get(connection, digest)
    if stored is None or stored.state is not PolicyState.PROPOSED:
        raise PolicyError(
            f"no policy {digest} waits for approval", next_step="see `autoclave policy list`"
        )
    if stored.proposed_by == signatory.actor:
        raise PolicyError(
            "a policy needs two different people", next_step="ask another person to approve it"
        )
    _check_proposed(runtime, stored)
    _check_derogations(parse_policy(stored.content), runtime.ledger.now())
    signed = _sign(runtime, "approve", digest, signatory)
    _record(runtime, stored, EventType.POLICY_CHANGED, signed)
    with runtime.catalogue.read() as connection:
        return policies.get(connection, digest) or stored


def _check_derogations(policy: Policy, now: datetime) -> None:
    """Refuse what would never hold, or would hold for so long that nobody thinks of it again."""
    if why := out_of_bounds(policy.derogations, now):
        raise PolicyError(
            f"policy {policy.name} cannot be signed: {why}",
            next_step="correct its `until`, then `autoclave policy propose` it again",
        )


def _sign(runtime: Runtime, act: str, policy: Digest, signatory: Signatory) -> Signed:
    """Return the signature of a person over one act on one policy, one line a fact."""
    if not (signatory.reason.strip() and signatory.reason.isprintable()):
        raise UsageError("a reason is one printable line", next_step="give another --reason")
    words = _words(act, policy, signatory.actor, signatory.reason)
    return sign_statement(runtime, signatory, words)


def _words(act: str, policy: str, actor: str, reason: str) -> bytes:
    facts = (f"{act}: {policy}", f"actor: {actor}", f"reason: {reason}")
    return "\n".join(("autoclave policy v1", *facts, "")).encode()


def check_event(connection: sa.Connection, event: Mapping[str, Json]) -> None:
    """Return when an event about a policy is signed by its actor, over exactly that policy.

    Raises:
        SignatureError: it is not, or the policy in it is another one.
    """
    act = "propose" if event["type"] == EventType.POLICY_PROPOSED.value else "approve"
    policy, said, actor = event["subject"]["policy"], event["body"], event["actor"]
    what = f"to {act} policy {policy}"
    words = _words(act, policy, actor, said["reason"])
    check_words(connection, actor, words, said["signature"], what=what)
    if digest_of(said["content"].encode()) != policy:
        raise SignatureError(
            f"{what} is about other words than the ones recorded",
            next_step="keep this ledger as it is, and ask who signed",
        )


def _check_proposed(runtime: Runtime, stored: StoredPolicy) -> None:
    """Refuse to complete a row of the database that no published, signed event stands behind."""
    with runtime.ledger.paused():
        history = History(runtime.audit, runtime.ledger.key)
    for event in history.events():
        proposed = event["type"] == EventType.POLICY_PROPOSED.value
        if proposed and (event["subject"]["policy"], event["actor"]) == (
            stored.digest,
            stored.proposed_by,
        ):
            with runtime.catalogue.read() as connection:
                check_event(connection, event)
            return
    raise PolicyError(
        f"policy {stored.digest} was never proposed by {stored.proposed_by} on the record",
        next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
    )


def _record(runtime: Runtime, stored: StoredPolicy, kind: EventType, signed: Signed) -> None:
    recorder = Recorder(runtime=runtime, case="", run_id="")
    subject = {"policy": stored.digest, "name": stored.name}
    body = {
        "reason": signed.reason,
        "signature": signed.signature,
        "statement": signed.statement,
        "content": stored.content.decode(),
    }
    at = stored.at if kind is EventType.POLICY_PROPOSED else runtime.clock()
    event = recorder.event(kind, subject=subject, body=body, actor=signed.actor, at=at)
    with runtime.catalogue.write() as connection:
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    with runtime.catalogue.write() as connection:
        if kind is EventType.POLICY_PROPOSED:
            policies.add(connection, stored)
        else:
            policies.approve(connection, stored.digest, signed.actor, at)
