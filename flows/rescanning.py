"""A re-scan on a home that Prefect drives: a flow run is begun, followed, and reported.

Prefect says that it ended, and why when it failed; what came of it is the catalogue's to say.
"""

import threading
import time

from flows.api import Api
from flows.awaiting import check_completed, to_its_end
from flows.deployments import RESCAN
from flows.runs import trigger
from pipeline.rescanning.outcome import ended_since
from pipeline.rescanning.report import Rescanned
from pipeline.rescanning.rescan import Asked
from pipeline.wiring import Runtime

TAG = "rescan"


def rescan_through(runtime: Runtime, api: Api, stop: threading.Event, asked: Asked) -> Rescanned:
    """Begin a re-scan as a flow run and return what came of it; one at work is waited for.

    Raises:
        UnavailableError: Prefect does not answer.
        InterruptedRunError: it was stopped, here or in Prefect's pages, or was killed.
        AutoclaveError: what the flow run failed with.
    """
    started, since = time.monotonic(), runtime.clock()
    flow_run = trigger(api, RESCAN.full_name, asked.options, [TAG])
    check_completed(to_its_end(api, flow_run, stop))
    return ended_since(runtime, since, time.monotonic() - started)
