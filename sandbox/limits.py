"""What the kernel holds a locked process to: memory, processor time, descriptors, children."""

import os
import resource

# Samples are mapped, not read: mappings of files come on top of the memory that a process may own.
MAPPED = 64 * 1024**3
STACK = 16 * 1024**2
RESIDENT_CPU_SECONDS = 86_400
MOST_RESIDENT_THREADS = 4096
LOCKED_DESCRIPTORS = 16
ZYGOTE_DESCRIPTORS = 1024


def bound_memory(most_bytes: int, *, descriptors: int) -> None:
    """Bound own memory, address space and descriptors; no file may grow, no core is dumped."""
    bound(resource.RLIMIT_DATA, most_bytes)
    bound(resource.RLIMIT_AS, most_bytes + MAPPED)
    bound(resource.RLIMIT_STACK, STACK)
    bound_descriptors(descriptors)
    bound(resource.RLIMIT_FSIZE, 0)
    bound(resource.RLIMIT_CORE, 0)


def bound_work(cpu_seconds: int, *, tasks: int) -> None:
    """Bound processor time, and how many tasks the user may have (the kernel exempts root)."""
    bound(resource.RLIMIT_CPU, cpu_seconds)
    bound(resource.RLIMIT_NPROC, tasks)


def bound(which: int, most: int) -> None:
    """Set a limit for good; one that is stricter already stays."""
    _, hard = resource.getrlimit(which)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (wanted, wanted))


def bound_descriptors(most: int) -> None:
    """Bound how many descriptors may be opened; those that are open stay."""
    bound(resource.RLIMIT_NOFILE, most)


def close_descriptors(kept: int, *, below: int) -> None:
    """Close every descriptor above the standard three but one."""
    os.closerange(3, kept)
    os.closerange(kept + 1, below)


def highest_descriptor() -> int:
    """Return the highest descriptor that is open now."""
    return max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208  numbers, no paths
