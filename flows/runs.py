"""Flow runs as Prefect's API has them: begun, looked at, asked to end, and told apart when dead."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import custody.errors
from custody.box import Json
from custody.errors import AutoclaveError, UnavailableError
from flows.api import Api
from sandbox.programs import decode_error

# Nobody is near these: they end at a word. What a worker has taken up is the worker's to end.
UNTAKEN = frozenset({"SCHEDULED", "PAUSED"})
WAITING = ("SCHEDULED", "PENDING", "PAUSED")
AT_WORK = ("RUNNING", "CANCELLING", "PENDING")
ACTIVE = ("SCHEDULED", "PENDING", "RUNNING", "CANCELLING", "PAUSED")
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
PAGE = 200
# On everything that is a deployment of ours.
OURS = "autoclave"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRun:
    """One flow run: its state's type, and the words that stand beside it."""

    run_id: str
    state: str
    message: str

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in ENDED


def tag_of(run_id: str) -> str:
    """Return the tag of the flow run that does a run of ours."""
    return f"run:{run_id}"


def wave_tag_of(wave: int) -> str:
    """Return the tag of a flow run that has begun a wave of its run."""
    return f"wave:{wave}"


def drain_tag_of(run_id: str) -> str:
    """Return the tag of the flow runs that help with a run of ours."""
    return f"drain:{run_id}"


def trigger(
    api: Api, deployment: str, parameters: Mapping[str, Json], tags: Sequence[str] = ()
) -> FlowRun:
    """Begin a flow run of a deployment, as Prefect's own pages do.

    Raises:
        UnavailableError: the deployment is not there, or the parameters are refused.
    """
    found = api.get(f"/deployments/name/{deployment}")
    body = {
        "parameters": dict(parameters),
        "tags": list(tags),
        "enforce_parameter_schema": True,
        "state": {"type": "SCHEDULED"},
    }
    return _run(api.post(f"/deployments/{found['id']}/create_flow_run", body))


def look(api: Api, flow_run_id: str) -> FlowRun:
    """Return where a flow run stands."""
    return _run(api.get(f"/flow_runs/{flow_run_id}"))


def tagged(api: Api, tag: str, states: Iterable[str] = ACTIVE) -> list[FlowRun]:
    """Return the flow runs with a tag that stand in one of these states."""
    wanted = {"tags": {"all_": [tag]}, "state": {"type": {"any_": list(states)}}}
    found = api.post("/flow_runs/filter", {"flow_runs": wanted, "limit": PAGE})
    return [_run(each) for each in found]


def cancel(api: Api, run: FlowRun) -> None:
    """Ask a flow run to end: one that waits ends here, one at work after the entries in hand."""
    if run.ended:
        return
    state = "CANCELLED" if run.state in UNTAKEN else "CANCELLING"
    set_state(api, run.run_id, state, "asked to end")


def set_state(
    api: Api, run_id: str, state: str, message: str, *, kind: str = "flow_runs", force: bool = False
) -> None:
    """Put a flow run or task run into a state."""
    told = {"type": state, "message": message}
    api.post(f"/{kind}/{run_id}/set_state", {"state": told, "force": force})


def mark_crashed(api: Api, states: Sequence[str], message: str) -> int:
    """Mark every flow run and task run in these states as crashed, and return how many there were.

    For the moments when nobody can be at work: before the worker starts, and after it ended.
    """
    marked: set[str] = set()
    for kind in ("task_runs", "flow_runs"):
        wanted = {kind: {"state": {"type": {"any_": list(states)}}}, "limit": PAGE}
        while found := {run["id"] for run in api.post(f"/{kind}/filter", wanted)} - marked:
            for run_id in found:
                set_state(api, run_id, "CRASHED", message, kind=kind, force=True)
            marked |= found
    return len(marked)


def mark_forgotten(api: Api, before: datetime) -> int:
    """Mark flow runs as crashed that were to begin or to end before a moment, and did neither.

    A worker that dies with a flow run it had just taken up, or was to end, tells nobody.
    """
    wanted = {"tags": {"all_": [OURS]}, "state": {"type": {"any_": ["PENDING", "CANCELLING"]}}}
    found = api.post("/flow_runs/filter", {"flow_runs": wanted, "limit": PAGE})
    forgotten = [r for r in found if datetime.fromisoformat(r["state"]["timestamp"]) < before]
    for run in forgotten:
        set_state(api, run["id"], "CRASHED", "its worker is gone", force=True)
    return len(forgotten)


def task_runs_open(api: Api) -> int:
    """Return how many task runs the server has not recorded the end of yet."""
    wanted = {"task_runs": {"state": {"type": {"any_": ["PENDING", "RUNNING"]}}}}
    return int(api.post("/task_runs/count", wanted))


def add_tags(api: Api, flow_run_id: str, tags: Sequence[str]) -> None:
    """Give a flow run more tags."""
    known = api.get(f"/flow_runs/{flow_run_id}")["tags"]
    api.patch(f"/flow_runs/{flow_run_id}", {"tags": sorted({*known, *tags})})


def emit(api: Api, name: str, resource: str, payload: Mapping[str, Json], at: datetime) -> None:
    """Tell Prefect that something happened; ids and numbers only."""
    event = {
        "id": str(uuid.uuid4()),
        "occurred": at.isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": resource},
        "payload": dict(payload),
    }
    api.post("/events", [event])


def words_of(error: AutoclaveError) -> str:
    """Return an error as the message of a state: its class, its reason, its next step."""
    return f"{type(error).__name__}: {error}"


def error_of(run: FlowRun) -> AutoclaveError:
    """Return the error that a failed flow run ended with, of its own class and exit code."""
    name, _, words = run.message.partition(": ")
    reason, _, next_step = words.partition(" -> ")
    if not hasattr(custody.errors, name) or not reason:
        return AutoclaveError(
            "the flow run failed", next_step=f"see flow run {run.run_id} in Prefect's pages"
        )
    return decode_error({"error": name, "reason": reason, "next_step": next_step})


def _run(answer: Json) -> FlowRun:
    try:
        state = answer["state"] or {}
        return FlowRun(
            run_id=answer["id"],
            state=str(state.get("type") or "PENDING"),
            message=str(state.get("message") or ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise UnavailableError(
            "Prefect's API gave an answer that is no flow run",
            next_step="check orchestrator.api_url",
        ) from error
