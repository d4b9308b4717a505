"""A box for machines that cannot lock a process: separate processes, deadlines, limits."""

from typing import ClassVar

from sandbox.pool import Pool


class UnsafeNoSandbox(Pool):
    """Runs programs without the system call filter; what it judges must be marked as such."""

    sandboxed: ClassVar[bool] = False
