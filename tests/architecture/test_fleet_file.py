"""The file for Prefect's own tool says what a worker registers by itself."""

import re
from pathlib import Path
from typing import Any

import yaml

from flows.deployments import DEPLOYMENTS, QUEUES
from flows.registration import COMMAND
from pipeline.settings import OrchestratorSettings, ServeSettings

FILE = Path(__file__).parents[2] / "infra" / "prefect.yaml"


def deployments() -> list[dict[str, Any]]:
    """The deployments of the file."""
    return yaml.safe_load(FILE.read_text())["deployments"]


def test_the_file_has_the_deployments_of_the_code():
    """Name, flow, words, queue and limit of each agree, and nothing is pulled."""
    expected = [(d.name, d.entrypoint, d.says, d.queue.name, d.most) for d in DEPLOYMENTS]

    assert expected == [
        (
            d["name"],
            d["entrypoint"],
            d["description"],
            d["work_pool"]["work_queue_name"],
            d.get("concurrency_limit"),
        )
        for d in deployments()
    ]
    assert [] == yaml.safe_load(FILE.read_text())["pull"]


def test_the_file_has_the_schedules_of_the_settings():
    """Its schedules are the defaults, in the default zone."""
    serve = ServeSettings()
    expected = [
        (cron, serve.time_zone) if (cron := d.schedule(serve)) else None for d in DEPLOYMENTS
    ]
    found = [d.get("schedules", [None])[0] for d in deployments()]

    assert expected == [(s["cron"], s["timezone"]) if s else None for s in found]


def test_flow_runs_begin_with_the_command_of_the_code():
    """Each runs in the pool of the settings, by the command that dies with its worker."""
    pools = [d["work_pool"] for d in deployments()]

    assert {OrchestratorSettings().pool} == {pool["name"] for pool in pools}
    assert {COMMAND} == {pool["job_variables"]["command"] for pool in pools}


def test_the_head_of_the_file_makes_the_queues():
    """Its commands make every queue with its priority."""
    made = re.findall(r"work-queue create (\w+) --pool \w+ --priority (\d+)", FILE.read_text())

    assert [(queue.name, str(queue.priority)) for queue in QUEUES] == made
