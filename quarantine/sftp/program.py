"""The OpenSSH client as the way to a server: it proves who answers, and who asks.

Host keys are pinned: only what the file of known hosts vouches for is spoken to, and nothing is
ever added to that file. No configuration of the machine or of a person is read.
"""

import os
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from custody.errors import SourceChangedError, SourceError
from quarantine.sftp.faults import LinkBrokenError
from quarantine.sftp.link import Link
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.session import Session

PROGRAM = "ssh"
# Seconds until a connection must stand, and between questions whether it still does.
CONNECT_SECONDS, ALIVE_SECONDS, ALIVE_TIMES = 20, 15, 3
# What the client says is kept up to here, in bytes; a hostile server can make it say much.
MOST_SAID = 64 * 1024
_KEY = b"debug1: Server host key: "
_LAST_WORDS = 5.0
_OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "GlobalKnownHostsFile=none",
    "UpdateHostKeys=no",
    "VerifyHostKeyDNS=no",
    "CheckHostIP=no",
    "PreferredAuthentications=publickey",
    "ForwardAgent=no",
    "ForwardX11=no",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    "ControlMaster=no",
    "ControlPath=none",
    "RequestTTY=no",
    "EscapeChar=none",
    "LogLevel=DEBUG1",  # the only one that tells which key the server proved to have
    f"ConnectTimeout={CONNECT_SECONDS}",
    f"ServerAliveInterval={ALIVE_SECONDS}",
    f"ServerAliveCountMax={ALIVE_TIMES}",
)
# What the client says of a server or a machine that will not do, what that means, and what to do.
_REFUSALS = (
    (
        "Unable to negotiate",
        "{} knows only ciphers or keys that this machine holds for broken",
        "update that server, or mount its disk",
    ),
    ("subsystem request failed", "{} offers no SFTP", "switch it on there"),
    (
        "No user exists for uid",
        "the OpenSSH client here runs only for users who have a name",
        "give the user of this process a line in /etc/passwd",
    ),
)
# What the client says of a way that is not there now, and what that means.
_NO_WAY = {
    "Could not resolve hostname": "its name is not known here",
    "Connection refused": "nothing listens at that port",
    "timed out": "it does not answer",
    "No route to host": "there is no way to it",
    "Network is unreachable": "there is no way to it",
}
_SHOWN = re.compile(
    r"^debug1: Server host key: (?P<kind>[a-z0-9@.-]+) (?P<print>SHA256:[A-Za-z0-9+/]{43})\s*$",
    re.MULTILINE,
)
_PINS = "see docs/sources.md: compare the key's fingerprint with the server's own, by another way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Which host keys are trusted, and the key to log in with; without one the agent is asked."""

    known_hosts: Path
    key_file: Path | None = None


def arguments(place: SftpPlace, login: Login) -> list[str]:
    """Return the command line of the client; only its subsystem `sftp` is asked for."""
    key = "none" if login.key_file is None else _quoted(login.key_file)
    options = [
        *_OPTIONS,
        f"UserKnownHostsFile={_quoted(login.known_hosts)}",
        f"IdentityFile={key}",
        f"IdentitiesOnly={'no' if login.key_file is None else 'yes'}",
    ]
    words = [word for option in options for word in ("-o", option)]
    where = ["-p", str(place.port), "-l", place.user, "-s", "--", place.host, "sftp"]
    return [PROGRAM, "-F", "none", *words, *where]


def connect(place: SftpPlace, login: Login, environment: Mapping[str, str] = os.environ) -> Session:
    """Return a session with a server that is the pinned one.

    Raises:
        SourceChangedError: its host key is another one than what is pinned.
        SourceError: no key is pinned for it, it does not let us in, or there is no client here.
        LinkBrokenError: it cannot be reached.
    """
    kept = {k: v for k, v in environment.items() if k in {"PATH", "SSH_AUTH_SOCK"}}
    if client_of(environment) is None:
        raise SourceError(
            "there is no OpenSSH client here", next_step="install openssh-client, then run again"
        )
    process = subprocess.Popen(  # noqa: S603  a fixed program; the place was checked part by part
        arguments(place, login),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=kept | {"LC_ALL": "C"},
        start_new_session=True,  # an interrupt from the terminal is for us: what is read ends whole
    )
    said = _Said(cast("BinaryIO", process.stderr))

    def stop() -> None:
        process.kill()
        process.wait()

    link = Link(cast("BinaryIO", process.stdout), cast("BinaryIO", process.stdin), stop)
    with ExitStack() as undo:
        undo.callback(link.close)  # whatever goes wrong, the client does not stay
        try:
            link.begin()
        except LinkBrokenError as error:
            raise meaning(said.last_words(), place, login.known_hosts) or error from error
        session = Session(link, said.fingerprint())
        undo.pop_all()
    return session


def client_of(environment: Mapping[str, str]) -> str | None:
    """Return where the client is, if there is one."""
    return shutil.which(PROGRAM, path=environment.get("PATH"))


def meaning(said: str, place: SftpPlace, known_hosts: Path) -> Exception | None:
    """Return what the client's last words mean; None when they tell nothing that is known."""
    where = f"{place.host} port {place.port}"
    shown = _SHOWN.search(said)
    with_key = f", with {shown['print']}" if shown else ""
    if "REMOTE HOST IDENTIFICATION HAS CHANGED" in said or "REVOKED HOST KEY" in said:
        return SourceChangedError(
            f"the host key of {where} is not the pinned one: another machine answers{with_key}",
            next_step=_PINS,
        )
    if "Host key verification failed" in said:
        return _unpinned(shown, place, known_hosts)
    # With the bracket: what the agent's socket or a firewall denies is said without.
    if "Permission denied (" in said or "Too many authentication failures" in said:
        return SourceError(
            f"{where} does not let {place.user} in",
            next_step="check the user, and the key in sources.key_file or in the agent",
        )
    for words, what, step in _REFUSALS:
        if words in said:
            return SourceError(what.format(where), next_step=step)
    return _no_way(said)


def _unpinned(shown: re.Match[str] | None, place: SftpPlace, known_hosts: Path) -> SourceError:
    """Return that nothing is pinned, with what to compare and the line that pins this key alone."""
    where = f"{place.host} port {place.port}"
    if shown is None:
        return SourceError(f"no host key of {where} is pinned", next_step=_PINS)
    scan = f"ssh-keyscan -p {place.port} {place.host} | grep {shown['kind']}"
    return SourceError(
        f"no host key of {where} is pinned; who answers shows {shown['kind']} {shown['print']}",
        next_step="only if the server's own screen or its administrator tells the same, by another"
        f" way: `{scan} >> {shlex.quote(str(known_hosts))}`",
    )


def _no_way(said: str) -> LinkBrokenError | None:
    own = [line for line in said.splitlines() if line.startswith("ssh: ")]
    found = [why for words, why in _NO_WAY.items() if any(words in line for line in own)]
    return LinkBrokenError(found[0]) if found else None


def _quoted(path: Path) -> str:
    # In the client's options a percent sign begins a token, and a blank ends a name.
    return '"' + str(path).replace("%", "%%") + '"'


class _Said:
    """Reads what the client says, so that it never waits for us, and keeps the begin of it.

    The server's key is told before the server can make the client say anything in its own line.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._kept = bytearray()
        self._key = ""
        self._key_told = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="ssh", daemon=True)
        self._thread.start()

    def fingerprint(self) -> str:
        """Return the fingerprint of the key that the server proved to have.

        Raises:
            SourceError: the client does not tell it.
        """
        self._key_told.wait(_LAST_WORDS)
        if not self._key:
            raise SourceError(
                "the OpenSSH client does not tell the server's key",
                next_step="use the client of OpenSSH 6.8 or later",
            )
        return self._key

    def last_words(self) -> str:
        """Return what was said, once the client has ended."""
        self._thread.join(_LAST_WORDS)
        return self._kept.decode("ascii", "replace")

    def _listen(self) -> None:
        for line in iter(lambda: self._stream.readline(MOST_SAID), b""):
            if not self._key and line.startswith(_KEY):
                self._key = line.split()[-1].decode("ascii", "replace")
                self._key_told.set()
            if len(self._kept) + len(line) <= MOST_SAID:
                self._kept += line
        self._key_told.set()
        self._stream.close()
