"""Changes of policy: proposed by one person, approved by another, both signed and on the record."""

from pathlib import Path

from audit.event import EventType
from catalogue import policies
from catalogue.policies import PolicyState, StoredPolicy
from custody.digest import Digest
from custody.errors import PolicyError, UsageError
from pipeline.deciding.signing import Signatory, Signed, sign_statement
from pipeline.recording import Recorder
from pipeline.wiring import Runtime
from sanitizers.policy_file import parse_policy


def propose(runtime: Runtime, path: Path, signatory: Signatory) -> StoredPolicy:
    """Propose a policy file; nothing changes until another person approves it.

    Raises:
        PolicyError: the file is no policy, or cannot be read.
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: the reason is not one printable line.
    """
    content = _content(path)
    policy = parse_policy(content)
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
        PolicyError: nothing of this digest is proposed, or the same person proposed it.
        SignatureError: the signature is not that of a registered person who may decide.
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
    signed = _sign(runtime, "approve", digest, signatory)
    _record(runtime, stored, EventType.POLICY_CHANGED, signed)
    return stored


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PolicyError(
            f"the policy file cannot be read: {error.strerror}", next_step="check its path"
        ) from error


def _sign(runtime: Runtime, act: str, policy: Digest, signatory: Signatory) -> Signed:
    """Return the signature of a person over one act on one policy, one line a fact."""
    if not (signatory.reason.strip() and signatory.reason.isprintable()):
        raise UsageError("a reason is one printable line", next_step="give another --reason")
    facts = (f"{act}: {policy}", f"actor: {signatory.actor}", f"reason: {signatory.reason}")
    statement = "\n".join(("autoclave policy v1", *facts, ""))
    return sign_statement(runtime, signatory, statement.encode())


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
