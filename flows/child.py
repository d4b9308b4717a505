"""Runs a module as a child that dies with its parent: `python -m flows.child MODULE ARGUMENT...`.

Prefect's own processes outlive a parent that is killed: an API that nobody can reach any more, and
flow runs that go on with leases that nobody renews.
"""

import os
import runpy
import sys

from sandbox.lockdown import follow_parent


def main() -> None:
    """Follow the parent, then be the module."""
    follow_parent(os.getppid())
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
