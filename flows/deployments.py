"""What can be triggered: each deployment with its flow, its queue and its schedule."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.settings import ServeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue of the work pool; the lower its priority's number, the sooner its runs begin."""

    name: str
    priority: int
    description: str


URGENT = Queue(name="urgent", priority=1, description="services that care cannot wait for")
SHARDS = Queue(name="shards", priority=5, description="help with the shards of runs under way")
NORMAL = Queue(name="normal", priority=10, description="everything else that is recovered")
UPKEEP = Queue(name="upkeep", priority=20, description="what keeps a home in order")
QUEUES = (URGENT, SHARDS, NORMAL, UPKEEP)


def _never(_settings: ServeSettings) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A flow that people and schedules may begin. `most` bounds how many of its runs go at once.

    A bound is a lease of the server's: when the server is started again, the flow run crashes. So
    what works on shards has none; the slots of the workers and the queues bound it.
    """

    name: str
    entrypoint: str
    queue: Queue
    says: str
    most: int | None = None
    schedule: Callable[[ServeSettings], str] = _never

    @property
    def full_name(self) -> str:
        """The flow's name and the deployment's, as Prefect wants them."""
        function = self.entrypoint.rpartition(".")[2]
        return f"{function.removesuffix('_flow').replace('_', '-')}/{self.name}"


RECOVER = Deployment(
    name="recover",
    entrypoint="flows.recover.recover_flow",
    queue=NORMAL,
    says="List, inspect, assess and promote registered sources; goes on where it was.",
)
RECOVER_URGENT = Deployment(
    name="recover-urgent",
    entrypoint="flows.recover.recover_flow",
    queue=URGENT,
    says="The same, before everything that waits in the other queues.",
)
DRAIN = Deployment(
    name="drain",
    entrypoint="flows.recover.drain_flow",
    queue=SHARDS,
    says="Help with the shards of a run that is under way; begun by the run itself.",
)
RECONCILE = Deployment(
    name="reconcile",
    entrypoint="flows.upkeep.reconcile_flow",
    queue=UPKEEP,
    says="Publish what waits for the ledger, and name the runs that wait to go on.",
    most=1,
    schedule=lambda settings: settings.reconcile,
)
VERIFY_AUDIT = Deployment(
    name="verify-audit",
    entrypoint="flows.upkeep.verify_audit_flow",
    queue=UPKEEP,
    says="Verify the ledger as an outsider would, and the database against it.",
    most=1,
    schedule=lambda settings: settings.verify_audit,
)
ANCHOR = Deployment(
    name="anchor",
    entrypoint="flows.upkeep.anchor_flow",
    queue=UPKEEP,
    says="Have an authority or witnesses say what the ledger is now, if it says anything new.",
    most=1,
    schedule=lambda settings: settings.anchor,
)
RESCAN = Deployment(
    name="rescan",
    entrypoint="flows.rescan.rescan_flow",
    queue=NORMAL,
    says="Look again with the rules in force now; recall or propose what they condemn.",
    schedule=lambda settings: settings.rescan,
)
DEPLOYMENTS = (RECOVER, RECOVER_URGENT, DRAIN, RECONCILE, RESCAN, VERIFY_AUDIT, ANCHOR)
