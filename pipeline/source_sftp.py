"""Opens a folder of an SFTP server as a source. Only who reads one starts a client."""

import os
from functools import partial
from pathlib import Path

from custody.errors import AutoclaveError, SettingsError, SourceError
from pipeline.home import Home
from pipeline.settings import Settings
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.program import Login, client_of, connect
from quarantine.sftp.source import SftpSource

KNOWN_HOSTS = "known_hosts"


def open_sftp(settings: Settings, location: bytes) -> SftpSource:
    """Open a folder of a server for reading; nothing is asked of it yet.

    Raises:
        SettingsError: the key to log in with is not there, or others can read it.
        SourceError: there is no file of known hosts, so no server is trusted.
    """
    place = SftpPlace.parse(location)
    return SftpSource(place, partial(connect, place, login_of(settings)))


def readiness(settings: Settings) -> str:
    """Return what keeps this machine from meeting any server; empty when nothing does."""
    try:
        login_of(settings)
    except AutoclaveError as error:
        return str(error)
    return "" if client_of(os.environ) else "there is no OpenSSH client: install openssh-client"


def login_of(settings: Settings) -> Login:
    """Return the pinned host keys and the key to log in with that settings name.

    Raises:
        SettingsError: the key is not there, or others can read it; everybody can pin; or the client
            cannot be told such a path.
        SourceError: there is no file of known hosts.
    """
    folder = settings.stores.credentials
    credentials = Path(folder).expanduser() if folder else Home(root=settings.home).credentials
    named = settings.sources.known_hosts
    known = Path(named).expanduser() if named else credentials / KNOWN_HOSTS
    if not known.is_file():
        raise SourceError(
            f"no host key is pinned: {known} is not there",
            next_step="put the server's key there: `ssh-keyscan -p PORT HOST` tells one, and"
            " `ssh-keygen -lf` what to compare with the server's own screen (docs/sources.md)",
        )
    _check_told(known)
    if known.stat().st_mode & 0o002:
        raise SettingsError(
            f"everybody can pin a host key in {known}", next_step=f"chmod o-w {known}"
        )
    key = settings.sources.key_file
    return Login(known_hosts=known.absolute(), key_file=_private(key) if key else None)


def _check_told(path: Path) -> None:
    """Refuse a path that the client's options would take for another one, or for two."""
    if set('"\\$\n') & set(str(path)):
        raise SettingsError(
            "a path for the OpenSSH client holds a quote, a backslash, a dollar or a line's end",
            next_step="put the file elsewhere, and name that in [sources]",
        )


def _private(key: str) -> Path:
    path = Path(key).expanduser().absolute()
    _check_told(path)
    if not path.is_file():
        raise SettingsError(
            f"sources.key_file {path} is not there", next_step="name a key, or leave it out"
        )
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"others can read the key {path}", next_step=f"chmod 600 {path}")
    return path
