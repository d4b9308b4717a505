"""The recover flow does the main job, tells Prefect no name and the network nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from custody.source import Source
from pipeline.settings import read_settings
from pipeline.start import register
from pipeline.wiring import open_runtime
from quarantine.directory import DirectorySource
from tests.corpus.calls_outside import seen, watched

ROOT = Path(__file__).parents[3]
MARKER = "Zebulon-Quatorze"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A home with one registered source of a few files, one of them named after a patient."""
    folder = tmp_path_factory.mktemp("flow")
    source = folder / "source"
    source.mkdir()
    for n in range(5):
        (source / f"letter-{n}.txt").write_text(f"Dear colleague, visit {n} went well.\n")
    (source / f"{MARKER}.txt").write_text("Nothing to report.\n")
    with DirectorySource(source) as reader:
        identity = reader.identity()
    registered = Source(
        source_id="srv1",
        case="case",
        site="site",
        host="srv1",
        service="radiologie",
        location=bytes(source),
        identity=identity,
    )
    with open_runtime(read_settings(folder / "home", {})) as runtime:
        register(runtime, registered)
    return folder / "home"


@pytest.fixture(scope="module")
def ran(home, tmp_path_factory) -> dict[str, Any]:
    """What the flow printed, and every connection that it or its servers tried."""
    folder = tmp_path_factory.mktemp("hook")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT")}
    environment |= watched(folder, ROOT) | {"PREFECT_HOME": str(folder / "prefect")}
    (folder / "prefect").mkdir()
    program = Path(__file__).with_name("quiet.py")
    done = subprocess.run(
        [sys.executable, program, home, "srv1"],
        env=environment,
        capture_output=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout) | {"connections": seen(folder)}


@pytest.mark.slow
def test_the_flow_recovers(ran):
    """All six files end in the clean zone, and the equation holds."""
    result = ran["result"]

    assert (6, 6, 0) == (result["listed"], result["promoted"], result["unexplained"])


@pytest.mark.slow
def test_prefect_shows_one_run_and_a_task_a_shard(ran):
    """One flow run, completed; one task run for each of the three steps of the only shard."""
    assert (1, ["Completed"], 3) == (len(ran["flow_runs"]), ran["states"], ran["task_runs"])


@pytest.mark.slow
def test_parameters_are_registered_ids(ran):
    """What Prefect stores in clear is the id of a source and nothing else."""
    assert [{"source_ids": ["srv1"]}] == ran["parameters"]


@pytest.mark.slow
def test_no_name_reaches_prefect(ran):
    """No row that Prefect keeps holds the name of a file."""
    assert MARKER not in ran["recorded"]


@pytest.mark.slow
def test_nothing_calls_out(ran):
    """The flow and Prefect's server connect to this machine only; the hook did see connections."""
    assert any(line.startswith("local") for line in ran["connections"])
    assert [] == [line for line in ran["connections"] if line.startswith("OUTSIDE")]
