"""Runs a real OpenSSH server for tests: on a loopback port of its own, as a user without rights.

It lets in the one user that it runs as, with one key, and offers nothing but SFTP.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from quarantine.sftp.place import SftpPlace
from quarantine.sftp.program import Login, connect
from quarantine.sftp.source import SftpSource
from tests.corpus.gateway import ADDRESS, _end, _free_ports

# Debian keeps servers off the way of ordinary users.
WAY = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
UNPRIVILEGED = "nobody"
START_SECONDS = 20.0
CONFIGURATION = """\
Port {port}
ListenAddress {address}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
UsePAM yes
StrictModes no
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp
"""


def missing_programs() -> list[str]:
    """Return what has to be installed before a server can be started."""
    wanted = {"sshd": "openssh-server", "ssh": "openssh-client", "setpriv": "util-linux"}
    return [package for name, package in wanted.items() if shutil.which(name, path=WAY) is None]


def key_pair(path: Path) -> str:
    """Make a key without a passphrase, and return its public part."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True, timeout=30)
    return path.with_name(f"{path.name}.pub").read_text().strip()


class SshServer:
    """A server, its host key, the key that opens it, and the folder `files` that it is read for."""

    def __init__(self) -> None:
        # Not below a test's own folder: only its owner may enter that.
        self._folder = Path(tempfile.mkdtemp(prefix="autoclave-ssh-"))
        self._folder.chmod(0o755)
        self.files = self._folder / "files"
        self.files.mkdir()
        (self.port,) = _free_ports(1)
        self.host_key = key_pair(self._folder / "host")
        key_pair(self._folder / "user")
        self.key_file = self._folder / "key"
        shutil.copy(self._folder / "user", self.key_file)
        self.key_file.chmod(0o600)
        self.known_hosts = self._folder / "known_hosts"
        self.known_hosts.write_text(f"[{ADDRESS}]:{self.port} {self.host_key}\n")
        settings = {"port": self.port, "address": ADDRESS, "folder": self._folder}
        (self._folder / "sshd_config").write_text(CONFIGURATION.format(**settings))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def user(self) -> str:
        """Who is let in."""
        return UNPRIVILEGED if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    @property
    def login(self) -> Login:
        """What opens it."""
        return Login(known_hosts=self.known_hosts, key_file=self.key_file)

    def place(self, below: str = "") -> str:
        """Return how a folder below `files` is named as a source."""
        return f"sftp://{self.user}@{ADDRESS}:{self.port}{self.files / below}"

    def source(self, below: str = "") -> SftpSource:
        """Return a folder below `files` as a source."""
        place = SftpPlace.parse(os.fsencode(self.place(below)))
        return SftpSource(place, lambda: connect(place, self.login), lambda _: time.sleep(0.01))

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("sshd", path=WAY)
        if program is None:
            raise RuntimeError("there is no server here: ask missing_programs() first")
        if os.geteuid() == 0:
            shutil.chown(self._folder / "host", UNPRIVILEGED)
        command = [program, "-D", "-e", "-f", self._folder / "sshd_config"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_user(), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self._folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.02)

    def empty(self) -> None:
        """Remove what lies in `files`."""
        shutil.rmtree(self.files)
        self.files.mkdir()

    def hang_up(self) -> None:
        """Cut every line that stands; new ones are taken."""
        _kill(self._children())

    def stop(self) -> None:
        """Cut every line, and take no new one."""
        if self._process is not None:
            children = self._children()
            _end(self._process)
            self._process = None
            _kill(children)

    def end(self) -> None:
        """Stop the server and remove its files."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _children(self) -> list[int]:
        if self._process is None:
            raise RuntimeError("it does not run")
        return _below(self._process.pid)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((ADDRESS, self.port), 1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    @staticmethod
    def _as_user() -> list[str]:
        if os.geteuid() != 0:
            return ["setpriv", "--pdeathsig", "TERM"]
        user = pwd.getpwnam(UNPRIVILEGED)
        who = ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
        return ["setpriv", *who, "--pdeathsig", "TERM"]


def _kill(processes: list[int]) -> None:
    for each in processes:
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _below(process: int) -> list[int]:
    """Return the processes that a process began, and those that they began.

    The server has two for a line: one with its rights, and one that holds the line.
    """
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except FileNotFoundError:  # it ended meanwhile
        return []
    return [each for word in text.split() for each in (int(word), *_below(int(word)))]
