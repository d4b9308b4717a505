"""What the command line loads of `flows` never loads Prefect: its import takes two seconds."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LOADED = """
import importlib, sys
from cli.app import PLACES
for place in PLACES:
    importlib.import_module(place.module)
print(sorted(name for name in sys.modules if name.split(".")[0] in ("prefect", "flows")))
"""


def test_no_command_imports_prefect():
    """Every command can be imported, with what it needs of flows, and Prefect is not there."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "'flows.following'" in done.stdout
    assert "'prefect" not in done.stdout
