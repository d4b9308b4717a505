"""What a re-scan proposes is on the record: from then on nothing of it is handed out.

Each re-scan says what waits as a whole, so that a rule that was mended lets go of all that only it
had condemned.
"""

from audit import manifest
from audit.event import EventType, subject_of_manifest
from catalogue import proposals
from custody.box import Json
from custody.digest import digest_of
from pipeline.notices import PROPOSED, Notice, notify
from pipeline.recalling.plan import Plan
from pipeline.recording import Recorder
from pipeline.wiring import Runtime
from storage.interface import Spooled

STEP = "propose"


def propose(runtime: Runtime, plan: Plan, rescan_id: str) -> None:
    """Record that what a plan takes waits for a person, and nothing else does.

    Raises:
        LedgerError: it cannot be recorded; what was proposed before stands.
    """
    with runtime.catalogue.read() as connection:
        before = proposals.waiting(connection)
    reasons = {taken.digest: taken.reason.line for taken in plan.taken}
    if reasons == before:
        return
    recorder = Recorder(runtime=runtime, case="", run_id=rescan_id)
    subject = _told(runtime, plan) if plan.taken else {}
    body = {"proposal": plan.code if plan.taken else None}
    event = recorder.event(EventType.RECALL_PROPOSED, subject=subject, body=body)
    with runtime.catalogue.write() as connection:
        proposals.replace(connection, rescan_id, reasons)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    if plan.taken:
        numbers = {"artefacts": len(plan.taken)}
        notify(runtime, Notice(kind=PROPOSED, subject=rescan_id, numbers=numbers))


def _told(runtime: Runtime, plan: Plan) -> dict[str, Json]:
    built = manifest.build([taken.encode() for taken in plan.taken])
    digest = digest_of(built.content)
    spooled = Spooled(digest=digest, size=len(built.content), content=built.content)
    runtime.audit.put(built.key, spooled)
    return subject_of_manifest(built.root, STEP, 0, built.lines)
