"""Runs a module as a child that dies with its parent: `python -m flows.child MODULE ARGUMENT...`.

Prefect's own processes outlive a parent that is killed: an API that nobody can reach any more, and
flow runs that go on with leases that nobody renews. The parent says in the environment who it is:
a child that asks only when it has started may find that it was adopted already.
"""

import os
import runpy
import sys
from collections.abc import Mapping

from sandbox.lockdown import follow_parent

PARENT = "PARENT_PROCESS"


def as_parent(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for a child of this process."""
    return {**environment, PARENT: str(os.getpid())}


def main() -> None:
    """Follow the parent, then be the module; a worker that is not ours does not say who it is."""
    follow_parent(int(os.environ.get(PARENT, os.getppid())))
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
