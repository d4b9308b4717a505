"""A served home: flow runs are begun as Prefect's pages do or by the command, and end honestly."""

import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

import pytest

from custody.errors import SettingsError, UnavailableError
from flows.api import Api
from flows.deployments import DEPLOYMENTS
from flows.registration import (
    CRASH_SILENT,
    DEAD_AFTER_SECONDS,
    RESCAN_NEW_RULES,
    automation_body,
    register,
    says,
)
from flows.runs import ENDED, OURS, cancel, emit, look, mark_forgotten
from pipeline.settings import ServeSettings
from tests.corpus.calls_outside import seen
from tests.corpus.processes import eventually
from tests.corpus.rule_packs import write_pack
from tests.corpus.searching import forms, leaks
from tests.corpus.serving import ServedHome
from tests.integration.flows.conftest import LARGE, MARKER
from tests.scenarios.conftest import Autoclave

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RUNNING = frozenset({"RUNNING"})
# Prefect takes no shorter ones.
SHORTEST_SECONDS = 10
# Without what a schedule has planned for later.
PAST = {"state": {"type": {"any_": ["PENDING", "RUNNING", "COMPLETED", "FAILED", "CRASHED"]}}}


def test_a_wrong_password_is_refused(served):
    """The API answers nobody without the password, and nobody else can read it."""
    for auth in ("", "autoclave:guess"):
        with pytest.raises(SettingsError, match="refuses the password"):
            Api(url=served.api.url, auth=auth).post("/flow_runs/filter", {})

    assert 0o600 == (served.home / "prefect" / "api.auth").stat().st_mode & 0o777
    assert 0o700 == (served.home / "prefect").stat().st_mode & 0o777


def test_what_can_be_triggered_stands_with_its_schedule(served):
    """Each deployment is there; schedules have the time zone of the settings."""
    found = {each["name"]: each for each in served.api.post("/deployments/filter", {})}
    zones = {s["schedule"]["timezone"] for each in found.values() for s in each["schedules"]}
    scheduled = {name for name, each in found.items() if each["schedules"]}

    assert sorted(each.name for each in DEPLOYMENTS) == sorted(found)
    assert ({"reconcile", "rescan", "verify-audit", "anchor"}, {"Europe/Paris"}) == (
        scheduled,
        zones,
    )


def test_a_silent_machine_is_noticed(served):
    """The automations are there, once, and on: missed heartbeats, and rules that were installed."""
    found = served.api.post("/automations/filter", {})

    assert [(CRASH_SILENT, True, DEAD_AFTER_SECONDS), (RESCAN_NEW_RULES, True, 0)] == sorted(
        (each["name"], each["enabled"], each["trigger"]["within"]) for each in found
    )


def test_a_run_that_fell_silent_is_dead_and_a_changed_automation_is_mended(served):
    """No heartbeat follows, and the run is crashed; who registers next puts back what is ours."""
    [known] = [
        each for each in served.api.post("/automations/filter", {}) if CRASH_SILENT == each["name"]
    ]
    flow = served.api.post("/flows/", {"name": "recover"})
    body = {"flow_id": flow["id"], "state": {"type": "RUNNING"}, "parameters": {}}
    silent = served.api.post("/flow_runs/", body)["id"]
    try:
        served.api.put(f"/automations/{known['id']}", automation_body(SHORTEST_SECONDS))
        ended = _fallen_silent(served, silent)
    finally:  # as it is here, it would crash the runs of all tests that follow
        served.api.put(f"/automations/{known['id']}", {**automation_body(), "enabled": False})
    mended, again = (_registered_anew(served) for _ in range(2))

    assert ("CRASHED", f"no sign of life for {SHORTEST_SECONDS} seconds") == (
        ended["state_type"],
        ended["state"]["message"],
    )
    assert says(mended[CRASH_SILENT], automation_body())
    assert mended == again


def test_a_run_begun_in_prefect_s_pages_recovers(served, sources):
    """Triggered through the API with registered ids, the flow run completes and shows its fates."""
    flow_run = served.begin("recover/recover", {"source_ids": [sources["small"]]})
    ended = served.ended(flow_run)
    shown = served.artifacts(flow_run)
    found = served.autoclave("status", "--json").json["services"]
    promoted = {each["host"]: each["stages"]["promoted"] for each in found}

    assert ("COMPLETED", 6) == (ended["state_type"], promoted["small"])
    assert 100 == shown["progress"]
    assert '{"fate": "promoted", "entries": 6}' in shown["table"]


def test_a_path_is_no_parameter(served):
    """What is no id is refused before it is stored: parameters are kept in clear."""
    with pytest.raises(UnavailableError, match="answers 4"):
        served.begin("recover/recover", {"source_ids": [f"/mnt/{MARKER}"]})


def test_an_unknown_source_is_a_failed_run_with_its_next_step(served):
    """The state says what is wrong and what to do, in the words of the command line."""
    ended = served.ended(served.begin("recover/recover", {"source_ids": ["nowhere"]}))

    assert (
        "FAILED",
        "UsageError: source nowhere is not registered -> see `autoclave source list`",
    ) == (
        ended["state_type"],
        ended["state"]["message"],
    )


def test_the_command_is_a_flow_run_and_ends_as_ever(served, sources):
    """`recover --json` on a served home has the same keys, numbers and exit code as in-process."""
    ended = served.autoclave("recover", sources["noted"], "--json")
    (flow_run,) = served.flow_runs(f"run:{ended.json['run']}")

    assert (3, 7, 2, 0) == (
        ended.code,
        ended.json["listed"],
        ended.json["held"],
        ended.json["unexplained"],
    )
    assert ["list", "inspect", "assess", "promote"] == list(ended.json["steps"])
    assert "COMPLETED" == flow_run["state_type"]
    assert {"source_ids": [], "run_id": ended.json["run"]} == flow_run["parameters"]
    assert "wave:99" in flow_run["tags"]


def test_an_alarm_is_told_to_prefect(served, sources):
    """The ransom note raised an alarm: an event names the source and no file."""

    def told() -> list[dict]:
        wanted = {"filter": {"event": {"name": ["autoclave.alarm.raised"]}}}
        found = served.api.post("/events/filter", wanted)["events"]
        return [event["payload"]["source"] for event in found]

    assert eventually(lambda: sources["noted"] in told())


def test_an_empty_source_begins_no_run(served, sources):
    """It ends the command with exit 4 and its name, as ever, and leaves no run behind."""
    before = served.autoclave("status", "--json").json["services"]
    ended = served.autoclave("recover", sources["empty"])

    assert 4 == ended.code
    assert f"source {sources['empty']} of empty: the source is empty" in ended.err
    assert before == served.autoclave("status", "--json").json["services"]


def test_what_only_a_command_can_do_is_refused(served, sources):
    """No box, or other workers, are not for a flow run: refused before anything begins."""
    unsafe = served.autoclave("recover", sources["small"], "--unsafe-no-sandbox")
    workers = served.autoclave("recover", sources["small"], "--workers", "3")

    assert (2, 2) == (unsafe.code, workers.code)


def test_a_flow_run_that_was_forgotten_is_called_by_its_name(served):
    """Neither begun nor ended long after it should have: its worker is gone, and it is crashed."""
    flow = served.api.post("/flows/", {"name": "recover"})
    state = {"type": "PENDING"}
    body = {"flow_id": flow["id"], "tags": [OURS], "state": state, "parameters": {}}
    forgotten = served.api.post("/flow_runs/", body)["id"]

    kept = mark_forgotten(served.api, datetime.now(UTC) - timedelta(minutes=10))
    marked = mark_forgotten(served.api, datetime.now(UTC) + timedelta(minutes=10))

    # A worker that another test killed may have left one too.
    assert (0, True) == (kept, marked >= 1)
    assert "CRASHED" == served.api.get(f"/flow_runs/{forgotten}")["state_type"]


def test_a_flow_run_called_off_as_its_process_begins_is_cancelled(served):
    """Its process does not hear of it yet: the worker ends it, and its place in a limit is free."""
    flow_run = served.begin("drain/drain", {"run_id": "none-such"})
    served.reached(flow_run, frozenset({"PENDING"}))
    cancel(served.api, look(served.api, flow_run))

    assert "CANCELLED" == served.ended(flow_run)["state_type"]


def test_upkeep_and_the_audit_complete(served):
    """The scheduled flows find a home in order."""
    begun = [served.begin(f"{name}/{name}", {}) for name in ("reconcile", "verify-audit", "anchor")]

    assert ["COMPLETED"] * 3 == [served.ended(each)["state_type"] for each in begun]


def test_rules_that_are_installed_begin_a_re_scan_that_recalls(served, tmp_path):
    """The event begins the deployment by itself; what the rule condemns is out, and is told."""
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "odd.txt").write_text("frobnicate, said the letter\n")
    assert 0 == served.autoclave("recover", folder, "--host", "later").code
    rule = 'rule odd { strings: $a = "frobnicate" condition: $a }\n'
    pack = write_pack(tmp_path / "pack", {"r.yar": rule})
    assert 0 == served.autoclave("rules", "add", pack, "--dated", "2026-11-01").code

    wanted = {"deployments": {"name": {"any_": ["rescan"]}}, "flow_runs": PAST}
    assert eventually(lambda: served.api.post("/flow_runs/filter", wanted))
    [flow_run] = served.api.post("/flow_runs/filter", wanted)
    ended = served.ended(flow_run["id"])

    assert "COMPLETED" == ended["state_type"], ended["state"]
    [odd] = [e for e in served.autoclave("list", "--json").lines if e["path"] == "odd.txt"]
    assert "recalled" == odd["stage"]
    for name in ("autoclave.rescan.condemned", "autoclave.recall.done"):
        asked = {"filter": {"event": {"name": [name]}}}
        assert eventually(lambda a=asked: served.api.post("/events/filter", a)["events"])
        [event] = served.api.post("/events/filter", asked)["events"]
        assert 1 == event["payload"]["artefacts"]
    assert '"artefact"' in served.artifacts(flow_run["id"])["table"]


def test_a_re_scan_by_the_command_is_a_flow_run(served):
    """The command begins it, waits for it and prints what came of it."""
    ended = served.autoclave("rescan", "--all", "--json")

    (flow_run,) = served.flow_runs("rescan")
    assert ("COMPLETED", {"everything": True}) == (flow_run["state_type"], flow_run["parameters"])
    assert "driven by Prefect" in ended.err
    assert ended.json["rescan"], ended.err
    assert "do not hear --workers" in served.autoclave("rescan", "--workers", "2").err


def test_a_stopped_command_gives_back_what_it_had(served, sources):
    """SIGTERM ends the flow run in order with exit 7; the same command goes on, nothing twice."""
    process = served.autoclave.start("recover", sources["large"], "--json")
    run = _working_run(served)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    (flow_run,) = served.flow_runs(f"run:{run}")

    again = served.autoclave("recover", sources["large"], "--json")

    assert (7, "CANCELLED") == (process.returncode, flow_run["state_type"]), err.decode()
    assert (0, run, LARGE + 1) == (again.code, again.json["run"], again.json["promoted"])


def test_a_paused_run_goes_on_when_it_is_resumed(served, sources):
    """Suspended in Prefect's pages it ends between entries; resumed, it ends whole."""
    flow_run = served.begin("recover/recover", {"source_ids": [sources["large"]]})
    run = _working_run(served)
    state = {"type": "PAUSED", "name": "Suspended", "state_details": {"pause_reschedule": True}}
    served.api.post(f"/flow_runs/{flow_run}/set_state", {"state": state})
    rests = eventually(lambda: not _leased(served, run))
    served.api.post(f"/flow_runs/{flow_run}/resume", {})
    ended = served.ended(flow_run)

    assert (True, "COMPLETED") == (rests, ended["state_type"])


def test_what_is_urgent_goes_first_and_a_limit_of_the_fleet_holds(served, sources):
    """Both wait while the pool is paused; resumed with room for one, the urgent one ends first."""
    pool = "/work_pools/autoclave"
    served.api.patch(pool, {"is_paused": True, "concurrency_limit": 1})
    try:
        calm = served.begin("recover/recover", {"source_ids": [sources["small"]]})
        urgent = served.begin("recover/recover-urgent", {"source_ids": [sources["noted"]]})
        time.sleep(5)  # a worker looks every two seconds
        waiting = [served.api.get(f"/flow_runs/{each}")["state_type"] for each in (calm, urgent)]
        served.api.patch(pool, {"is_paused": False})
        first, second = served.ended(urgent), served.ended(calm)
    finally:
        served.api.patch(pool, {"is_paused": False, "concurrency_limit": None})

    assert ["SCHEDULED", "SCHEDULED"] == waiting
    assert ("COMPLETED", "COMPLETED") == (first["state_type"], second["state_type"])
    assert first["end_time"] <= second["start_time"]


def test_a_second_server_is_refused(served):
    """One home is served once; the one that is too many says who has it."""
    ended = served.autoclave("serve")

    assert 6 == ended.code
    assert "another `autoclave serve` has the home" in ended.err


def test_a_taken_port_is_named(served, tmp_path):
    """A port that somebody listens on is refused before anything is started."""
    port = served.api.url.split(":")[2].removesuffix("/api")
    settings = (("AUTOCLAVE_SERVE_PORT", port),)
    ended = Autoclave(home=tmp_path / "home", settings=settings)("serve")

    assert (6, "") == (ended.code, ended.out)
    assert f"port {port} is taken" in ended.err


def test_killed_it_leaves_no_orphan_and_no_lie(served, sources):
    """After kill -9 nothing of it lives; served again, the dead run is marked, and goes on."""
    process = served.autoclave.start("recover", sources["large"], "--json")
    run = _working_run(served)
    started = served.processes() - {process.pid}
    served.kill()
    gone = eventually(lambda: not served.processes() & started)
    told = served.start()
    _, err = process.communicate(timeout=120)
    (flow_run,) = served.flow_runs(f"run:{run}")

    again = served.autoclave("recover", sources["large"], "--json")

    assert gone
    assert (7, "CRASHED") == (process.returncode, flow_run["state_type"]), err.decode()
    assert told["crashed"] >= 1
    assert (0, run, LARGE + 1) == (again.code, again.json["run"], again.json["promoted"])


def test_no_name_reaches_prefect(served):
    """Neither its database nor a log has a name of a file or folder, in any form."""
    assert [] == leaks(served.home / "prefect", forms(MARKER))


def test_nothing_calls_out(hook):
    """Server, worker, flow runs and commands connect to this machine alone; they were watched."""
    lines = seen(hook)

    assert any(line.startswith("watched") and "flows.child" in line for line in lines)
    assert any(line.startswith("local") for line in lines)
    assert [] == [line for line in lines if line.startswith("OUTSIDE")]


def test_ended_it_ends_everything(served):
    """Ctrl-C ends all that was started; the home is driven in-process again, and says so."""
    before = served.autoclave("status", "--json").json
    found = [each["detail"] for each in served.autoclave("doctor", "--json").json["checks"]]
    code = served.stop()
    after = served.autoclave("status", "--json").json

    assert ("served", served.told["url"]) == (before["orchestration"], before["server"]["url"])
    assert f"served, Prefect {version('prefect')} at {served.told['url']}" in found
    assert (0, set()) == (code, served.processes())
    assert ("in-process", None) == (after["orchestration"], after["server"])


def _fallen_silent(served: ServedHome, flow_run: str) -> dict:
    """Let a flow run give signs of life, ever farther apart, until it is called dead.

    The server takes up a changed automation beside its answer: the first sign may come too early.
    """
    resource = f"prefect.flow-run.{flow_run}"
    for seconds in (20, 30, 40):
        emit(served.api, "prefect.flow-run.heartbeat", resource, {}, datetime.now(UTC))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = served.api.get(f"/flow_runs/{flow_run}")
            if found["state_type"] in ENDED:
                return found
            time.sleep(0.5)
    return found


def _registered_anew(served: ServedHome) -> dict[str, dict]:
    """Register as a worker that starts does, and return the automations by name."""
    register(served.api, "autoclave", ServeSettings(time_zone="Europe/Paris"))
    return {each["name"]: each for each in served.api.post("/automations/filter", {})}


def _working_run(served: ServedHome) -> str:
    """Wait until a run of the large source is in the middle of its shards, and return it."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for task in served.api.post(
            "/task_runs/filter", {"sort": "EXPECTED_START_TIME_DESC", "limit": 3}
        ):
            if task["state_type"] == "RUNNING":
                found = served.api.get(f"/flow_runs/{task['flow_run_id']}")
                tag = next((t for t in found["tags"] if t.startswith(("run:", "drain:"))), "")
                if found["state_type"] == "RUNNING" and tag:
                    return tag.partition(":")[2]
        time.sleep(0.2)
    raise AssertionError("no run began to work")


def _leased(served: ServedHome, run: str) -> int:
    """How many shards of a run somebody works on."""
    with closing(sqlite3.connect(served.home / "catalogue.sqlite", timeout=30)) as connection:
        query = "select count(*) from shards where run_id = ? and state = 'leased'"
        return connection.execute(query, (run,)).fetchone()[0]
