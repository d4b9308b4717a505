"""Where files are taken from over SFTP: `sftp://USER@HOST[:PORT]/PATH`.

A path is bytes, as it stands there; nothing in it is decoded. A password has no place in it.
"""

import re
from dataclasses import dataclass
from typing import Self

from custody.errors import UsageError

SCHEME = "sftp://"
PORT = 22
_FORM = "write it as sftp://USER@HOST/PATH or sftp://USER@HOST:PORT/PATH, the path from the root"
# Neither may begin with a dash: `ssh` would take it for an option.
_WHERE = re.compile(
    r"(?P<user>[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63})"
    r"@(?P<host>[A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpPlace:
    """A folder on a server, and as whom it is read."""

    user: str
    host: str
    port: int = PORT
    path: bytes

    @classmethod
    def parse(cls, location: bytes) -> Self:
        """Return the place that a location names.

        Raises:
            UsageError: it names none.
        """
        where, sign, path = location.removeprefix(SCHEME.encode()).partition(b"/")
        found = _WHERE.fullmatch(where.decode("ascii", "replace"))
        parts = [part for part in path.split(b"/") if part not in {b"", b"."}]
        is_scheme = location.startswith(SCHEME.encode())
        if not (is_scheme and sign and found) or b".." in parts or b"\0" in path:
            raise UsageError("this is not the place of a folder on an SFTP server", next_step=_FORM)
        port = int(found["port"] or PORT)
        if not 0 < port < 1 << 16:
            raise UsageError("there is no such port", next_step=_FORM)
        host = found["host"].strip("[]").lower()
        return cls(user=found["user"], host=host, port=port, path=b"/" + b"/".join(parts))

    @property
    def server(self) -> str:
        """What tells this server from another one: host and port."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def encode(self) -> bytes:
        """Return the one way in which this place is written."""
        server = self.server.removesuffix(f":{PORT}")
        return f"{SCHEME}{self.user}@{server}".encode() + self.path


def names_sftp(path: str) -> bool:
    """Whether words of a command line mean a folder on a server, not one of this machine."""
    return path.startswith(SCHEME)
