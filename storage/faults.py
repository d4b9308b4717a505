"""The one place where an operating system's error becomes a store's, with its next step."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from custody.errors import StoreError

REASONS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: (
        "the disk is full",
        "free space or move the home to a larger disk, then run again",
    ),
    errno.EDQUOT: ("the disk quota is used up", "raise the quota or free space, then run again"),
    errno.EFBIG: (
        "the file system does not take a file of this size",
        "move the home to a file system for large files (ext4, xfs)",
    ),
    errno.EROFS: (
        "the file system is read-only",
        "read the kernel log (a failing disk is remounted read-only), remount it, then run again",
    ),
    errno.EACCES: ("permission denied", "give this user read and write access to the home"),
    errno.EPERM: ("operation not permitted", "give this user read and write access to the home"),
    errno.EIO: (
        "the disk reports an input/output error",
        "read the kernel log and move the home to a healthy disk",
    ),
    errno.EMFILE: ("too many open files", "raise the limit of open files (ulimit -n)"),
    errno.ENFILE: ("the machine has too many open files", "close programs or raise fs.file-max"),
    errno.ENOTDIR: ("a file stands where a folder should be", "name another folder as home"),
    errno.ESTALE: ("the network file system lost this file", "mount it anew, then run again"),
}
_OTHER_STEP = "run `autoclave doctor`, then run again"


def store_error(action: str, error: OSError) -> StoreError:
    """Return the store's error for an operating system's; no path is in it, as paths hold names."""
    code = error.errno or 0
    reason, next_step = REASONS.get(
        code, (errno.errorcode.get(code, "unknown error").lower(), _OTHER_STEP)
    )
    return StoreError(f"cannot {action}: {reason}", next_step=next_step)


@contextmanager
def store_faults(action: str) -> Iterator[None]:
    """Turn every OSError inside into a StoreError that says what was being done."""
    try:
        yield
    except OSError as error:
        raise store_error(action, error) from error
