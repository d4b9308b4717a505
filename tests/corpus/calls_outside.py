"""Sees every connection and every look-up of a name that Python processes ask for."""

from pathlib import Path

# Put on PYTHONPATH, this is imported by every Python process that is started.
HOOK = """
import os, sys

LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0")
ADDRESS_AT = {
    "socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0, "socket.gethostbyaddr": 0, "socket.getnameinfo": 0,
}

def _say(line):
    with open(os.environ["CONNECTIONS_LOG"], "a") as log:
        log.write(line + "\\n")

def _seen(event, arguments):
    if event not in ADDRESS_AT:
        return
    address = arguments[ADDRESS_AT[event]]
    host = address[0] if isinstance(address, tuple) else address
    # What has no pair of host and port to connect or send to is a socket of this machine.
    pairless = event[7:] in ("connect", "sendto", "sendmsg") and not isinstance(address, tuple)
    local = pairless or not host or str(host).strip("b'") in LOCAL
    _say(("local " if local else "OUTSIDE ") + repr(address))

sys.addaudithook(_seen)
_say("watched " + repr(sys.orig_argv[1:3]))
"""


def watched(folder: Path, *paths: Path) -> dict[str, str]:
    """Write the hook into a folder; return the environment in which every process has it."""
    (folder / "sitecustomize.py").write_text(HOOK)
    return {
        "PYTHONPATH": ":".join(map(str, (folder, *paths))),
        "CONNECTIONS_LOG": str(folder / "connections"),
    }


def seen(folder: Path) -> list[str]:
    """Return a line for each process that was watched, and for each call: local or OUTSIDE."""
    return (folder / "connections").read_text().splitlines()
