"""Runs the recover flow on Prefect's test harness and prints what came of it.

It is a program of its own so that a hook which sees every connection can be put into it and into
the servers that Prefect starts.
"""

import json
import os
import sys
from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows.recover import recover_flow


def main(home: Path, source_id: str) -> None:
    """Run the flow and print its result, and what Prefect recorded, as JSON."""
    os.environ["AUTOCLAVE_HOME"] = str(home)
    no_heartbeat = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    with prefect_test_harness(server_startup_timeout=120), temporary_settings(no_heartbeat):
        result = recover_flow([source_id])
        with get_client(sync_client=True) as client:
            flow_runs = client.read_flow_runs()
            task_runs = client.read_task_runs()
    recorded = [run.model_dump(mode="json") for run in (*flow_runs, *task_runs)]
    sys.stdout.write(
        json.dumps(
            {
                "result": result,
                "flow_runs": [r.name for r in flow_runs],
                "parameters": [r.parameters for r in flow_runs],
                "states": sorted({str(r.state_name) for r in flow_runs}),
                "task_runs": len(task_runs),
                "recorded": json.dumps(recorded),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
