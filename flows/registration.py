"""Tells a Prefect server of our work pool, its queues, our deployments, and what reacts by itself.

Whoever works registers first, and registering again changes nothing that is as it should be.
"""

from collections.abc import Mapping
from importlib import import_module

from prefect.utilities.callables import parameter_schema
from prefect.workers.process import ProcessWorker

from custody.box import Json
from flows.api import Api
from flows.deployments import DEPLOYMENTS, QUEUES, RESCAN, Deployment, Queue
from flows.runs import OURS
from flows.telling import RULES_INSTALLED
from pipeline.settings import ServeSettings

# A flow run tells every 30 s that it lives; three beats missed, and it is dead.
HEARTBEAT_SECONDS = 30
DEAD_AFTER_SECONDS = 95
CRASH_SILENT = "crash-silent-flow-runs"
RESCAN_NEW_RULES = "rescan-new-rules"
# Found on the worker's own PATH, so that machines may have their environments anywhere.
COMMAND = "python -m flows.child prefect.engine"
VERSION = "1"


def register(api: Api, pool: str, serve: ServeSettings) -> None:
    """Make pool, queues, deployments and automation what they should be."""
    _pool(api, pool)
    for queue in QUEUES:
        _queue(api, pool, queue)
    made = {
        deployment.name: api.post("/deployments/", deployment_body(api, deployment, pool, serve))
        for deployment in DEPLOYMENTS
    }
    _automation(api, automation_body())
    _automation(api, rescan_body(made[RESCAN.name]["id"]))


def deployment_body(
    api: Api, deployment: Deployment, pool: str, serve: ServeSettings
) -> dict[str, Json]:
    """Return what Prefect is told of a deployment."""
    flow = _flow_of(deployment)
    flow_id = api.post("/flows/", {"name": deployment.full_name.partition("/")[0]})["id"]
    cron = deployment.schedule(serve)
    schedule = {"cron": cron, "timezone": serve.time_zone}
    return {
        "name": deployment.name,
        "flow_id": flow_id,
        "entrypoint": deployment.entrypoint,
        "description": deployment.says,
        "tags": [OURS],
        "version": VERSION,
        "work_pool_name": pool,
        "work_queue_name": deployment.queue.name,
        "pull_steps": [],
        "parameters": {},
        "parameter_openapi_schema": parameter_schema(flow).model_dump(exclude_unset=True),
        "enforce_parameter_schema": True,
        "concurrency_limit": deployment.most,
        "schedules": [{"schedule": schedule, "active": True}] if cron else [],
        "job_variables": {"command": COMMAND},
    }


def _flow_of(deployment: Deployment) -> Json:
    module, _, name = deployment.entrypoint.rpartition(".")
    return getattr(import_module(module), name)


def _pool(api: Api, pool: str) -> None:
    if any(each["name"] == pool for each in api.post("/work_pools/filter", {})):
        return
    body = {
        "name": pool,
        "type": ProcessWorker.type,
        "description": "machines that recover, each as processes of its own",
        "base_job_template": ProcessWorker.get_default_base_job_template(),
    }
    api.post("/work_pools/", body)


def _queue(api: Api, pool: str, queue: Queue) -> None:
    known = api.post(f"/work_pools/{pool}/queues/filter", {})
    if not any(each["name"] == queue.name for each in known):
        body = {
            "name": queue.name,
            "priority": queue.priority,
            "description": queue.description,
        }
        api.post(f"/work_pools/{pool}/queues", body)


def _automation(api: Api, body: Mapping[str, Json]) -> None:
    """Make an automation; one that was changed or switched off is put right."""
    known = {each["name"]: each for each in api.post("/automations/filter", {})}
    there = known.get(body["name"])
    if there is None:
        api.post("/automations/", body)
    elif not says(there, body):
        api.put(f"/automations/{there['id']}", body)


def says(there: Json, wanted: Json) -> bool:
    """Whether the server's answer has all that was wanted: it adds fields, and sorts its lists."""
    if isinstance(wanted, Mapping):
        return isinstance(there, Mapping) and all(says(there.get(k), v) for k, v in wanted.items())
    if isinstance(wanted, list):
        return len(there or ()) == len(wanted) and all(
            any(says(one, each) for one in there) for each in wanted
        )
    return bool(there == wanted)


def rescan_body(deployment_id: str) -> Mapping[str, Json]:
    """Return the automation that begins a re-scan when rules were installed."""
    return {
        "name": RESCAN_NEW_RULES,
        "description": "rules were installed: what was judged before is looked at again",
        "enabled": True,
        "trigger": {
            "type": "event",
            "posture": "Reactive",
            "match": {"prefect.resource.id": ["autoclave.rules.*"]},
            "expect": [RULES_INSTALLED],
            "threshold": 1,
            "within": 0,
        },
        "actions": [
            {
                "type": "run-deployment",
                "source": "selected",
                "deployment_id": deployment_id,
                "parameters": {},
            }
        ],
    }


def automation_body(seconds: int = DEAD_AFTER_SECONDS) -> Mapping[str, Json]:
    """Return the automation that calls a flow run dead whose machine fell silent for so long.

    Without it such a run stays "running" for ever, and keeps its place in every limit.
    """
    return {
        "name": CRASH_SILENT,
        "description": "a flow run whose machine fell silent is dead",
        "enabled": True,
        "trigger": {
            "type": "event",
            "posture": "Proactive",
            "match": {"prefect.resource.id": ["prefect.flow-run.*"]},
            "after": ["prefect.flow-run.heartbeat"],
            "expect": ["prefect.flow-run.*"],
            "for_each": ["prefect.resource.id"],
            "threshold": 1,
            "within": seconds,
        },
        "actions": [
            {
                "type": "change-flow-run-state",
                "state": "CRASHED",
                "message": f"no sign of life for {seconds} seconds",
            }
        ],
    }
