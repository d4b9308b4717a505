"""Changes of policy: proposed by one person, approved by another, both signed and on the record."""

from pathlib import Path

from audit.event import EventType
from catalogue import policies
from catalogue.policies import PolicyState, StoredPolicy
from custody.digest import Digest
from custody.errors import PolicyError
from pipeline.recording import Recorder
from pipeline.signing import Signed
from pipeline.wiring import Runtime
from sanitizers.policy_file import parse_policy


def propose(runtime: Runtime, path: Path, signed: Signed) -> StoredPolicy:
    """Propose a policy file; nothing changes until another person approves it.

    Raises:
        PolicyError: the file is no policy.
    """
    content = path.read_bytes()
    policy = parse_policy(content)
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


def approve(runtime: Runtime, digest: Digest, signed: Signed) -> StoredPolicy:
    """Put a proposed policy in force.

    Raises:
        PolicyError: nothing of this digest is proposed, or the same person proposed it.
    """
    with runtime.catalogue.read() as connection:
        stored = policies.get(connection, digest)
    if stored is None or stored.state is not PolicyState.PROPOSED:
        raise PolicyError(
            f"no policy {digest} waits for approval", next_step="see `autoclave policy list`"
        )
    if stored.proposed_by == signed.actor:
        raise PolicyError(
            "a policy needs two different people", next_step="ask another person to approve it"
        )
    _record(runtime, stored, EventType.POLICY_CHANGED, signed)
    return stored


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
