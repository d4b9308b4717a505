"""What goes wrong over SFTP: the line breaks, the server lies, or it refuses one name."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from custody.entry import NotTakenReason
from custody.errors import SourceError, UnavailableError
from quarantine.interface import NotReadableError

_LINE = "check the network and the server, then run the same command again"


class LinkBrokenError(UnavailableError):
    """The line to the server is gone, or what came over it is not the protocol."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the line to the SFTP server broke: {why}", next_step=_LINE)


# draft-ietf-secsh-filexfer-02 §7; 1 (end of file) is an answer and no error.
_CODES = {2: errno.ENOENT, 3: errno.EACCES, 4: errno.EIO, 8: errno.EOPNOTSUPP}
_LOST = frozenset({6, 7})
OK, END = 0, 1


def refused(code: int) -> Exception:
    """Return what a status of the server means for whoever asked."""
    if code in _LOST:
        return LinkBrokenError("the server lost its own")
    return OSError(_CODES.get(code, errno.EPROTO), "the server refuses")


@contextmanager
def of_root(next_step: str) -> Iterator[None]:
    """Turn what the server refuses of the root into the source's."""
    try:
        yield
    except OSError as error:
        what = errno.errorcode.get(error.errno or 0, "error")
        raise SourceError(f"the source cannot be listed: {what}", next_step=next_step) from error


@contextmanager
def of_entry() -> Iterator[None]:
    """Turn what the server refuses of one entry into why it is not taken."""
    try:
        yield
    except OSError as error:
        gone = error.errno == errno.ENOENT
        why = NotTakenReason.VANISHED if gone else NotTakenReason.UNREADABLE
        raise NotReadableError(why, errno.errorcode.get(error.errno or 0, "error")) from error
