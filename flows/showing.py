"""What a flow run shows in Prefect: how far it is, its alarms, and the table of fates at its end.

Numbers and ids only, from the catalogue, at most every five seconds. The same thread looks whether
somebody paused the flow run in Prefect's pages.
"""

import json
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalogue import groups, inventories, shards
from catalogue.shards import Step
from custody.box import Json
from custody.errors import AutoclaveError, UnavailableError
from flows.api import Api
from flows.own import own_api, own_flow_run
from flows.runs import drain_tag_of, emit, look, tagged
from pipeline.recover import progress_of
from pipeline.result import RunResult
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

SHOW_SECONDS = 5.0
ALARM = "autoclave.alarm.raised"
ASK_TO_STOP = frozenset({"PAUSED", "CANCELLING", "CANCELLED"})


def percent_of(found: Mapping[Step, shards.Progress]) -> float:
    """Return how much of what is planned so far is done."""
    planned = sum(progress.entries for progress in found.values())
    done = sum(progress.entries_done for progress in found.values())
    return round(100 * done / planned, 1) if planned else 0.0


@dataclass(slots=True, kw_only=True)
class Show:
    """Shows one run in one flow run until it ends; a server that is away stops nothing."""

    runtime: Runtime
    api: Api
    flow_run: str
    stop: threading.Event
    run_id: str = ""
    _artifact: str = ""
    _shown: float = -1.0
    _alarmed: set[int] = field(default_factory=set)
    _ended: threading.Event = field(default_factory=threading.Event)

    def begin(self, run_id: str) -> None:
        """Show this run from now on."""
        self.run_id = run_id

    def end(self) -> None:
        """Let the thread end."""
        self._ended.set()

    def go_on(self) -> None:
        """Show and look until the end; the body of a thread."""
        while not self._ended.wait(SHOW_SECONDS):
            self.look()
        self.look()

    def look(self) -> None:
        """Show how far the run is, and heed what somebody asked for in Prefect's pages."""
        try:
            if look(self.api, self.flow_run).state in ASK_TO_STOP:
                self.stop.set()
            if self.run_id:
                self._progress()
                self._alarms()
        except AutoclaveError as error:  # a password that is refused for now, too
            logger.warning("not shown: %s", error.reason)

    def _progress(self) -> None:
        percent = percent_of(progress_of(self.runtime, self.run_id))
        if percent == self._shown:
            return
        if self._artifact:
            self.api.patch(f"/artifacts/{self._artifact}", {"data": percent})
        else:
            self._artifact = _artifact(
                self.api, self.flow_run, "progress", f"progress-{self.run_id}", percent
            )
        self._shown = percent

    def _alarms(self) -> None:
        """Tell of each source's alarms once, when it is assessed."""
        with self.runtime.catalogue.read() as connection:
            for inventory in inventories.of_run(connection, self.run_id):
                number = inventory.inventory_id
                if number in self._alarmed or not shards.all_done(
                    connection, self.run_id, Step.ASSESS, inventory_id=number
                ):
                    continue
                self._alarmed.add(number)
                self._tell(inventory.source_id, len(groups.of_inventory(connection, number)))

    def _tell(self, source_id: str, directories: int) -> None:
        if directories:
            payload = {"run": self.run_id, "source": source_id, "directories": directories}
            resource = f"autoclave.source.{source_id}"
            emit(self.api, ALARM, resource, payload, self.runtime.clock())


@contextmanager
def shown(runtime: Runtime, stop: threading.Event) -> Iterator[Show]:
    """Yield what shows the current flow run."""
    show = Show(runtime=runtime, api=own_api(), flow_run=own_flow_run(), stop=stop)
    thread = threading.Thread(target=show.go_on, name="show")
    thread.start()
    try:
        yield show
    finally:
        show.end()
        thread.join()


def show_result(result: RunResult) -> None:
    """Show the fates of a run as a table, and the flow runs that helped as links."""
    api, flow_run = own_api(), own_flow_run()
    fates = {fate.value: count for fate, count in result.equation.fates.items()}
    rows = [{"fate": fate, "entries": count} for fate, count in fates.items()]
    rows.append({"fate": "listed", "entries": result.equation.listed})
    rows.append({"fate": "unexplained", "entries": result.equation.unexplained})
    try:
        _artifact(api, flow_run, "table", f"fates-{result.run_id}", rows)
        helped = tagged(api, drain_tag_of(result.run_id), ("COMPLETED", "RUNNING"))
        links = [f"{api.pages}/runs/flow-run/{each.run_id}" for each in helped]
        if links:
            _artifact(api, flow_run, "markdown", f"helped-{result.run_id}", _list(links))
    except UnavailableError as error:
        logger.warning("not shown: %s", error.reason)


def show_table(key: str, rows: Sequence[Mapping[str, Json]]) -> None:
    """Show a table of numbers and ids in the current flow run."""
    try:
        _artifact(own_api(), own_flow_run(), "table", key, list(rows))
    except UnavailableError as error:
        logger.warning("not shown: %s", error.reason)


def _list(links: Sequence[str]) -> str:
    return "\n".join(f"* [{link.rpartition('/')[2]}]({link})" for link in links)


def _artifact(api: Api, flow_run: str, kind: str, key: str, content: Json) -> str:
    text = json.dumps(content) if kind == "table" else content
    body = {"type": kind, "key": key, "data": text, "flow_run_id": flow_run}
    return str(api.post("/artifacts/", body)["id"])
