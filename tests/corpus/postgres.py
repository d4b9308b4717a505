"""Runs a real PostgreSQL server for tests: on a loopback port of its own, as a user without rights.

Debian's packages put the programs below /usr/lib/postgresql. The server dies with this process.
"""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.corpus.gateway import ADDRESS, _end, _free_ports

DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = "nobody"
START_SECONDS = 60.0
ADMINISTRATOR = "postgres"


def missing_programs() -> list[str]:
    """Return what has to be installed before a server can be started."""
    found = [] if _programs() is not None else ["postgresql"]
    return found + [program for program in ("setpriv", "psql") if shutil.which(program) is None]


def _programs() -> Path | None:
    """Return the folder of the newest server's programs."""
    found = [f for f in DEBIAN.glob("*/bin") if (f / "postgres").exists()]
    return max(found, key=lambda f: int(f.parent.name), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A database of its own on a server, and its owner, who may do nothing else."""

    server: "PostgresServer"
    name: str
    user: str
    password: str

    @property
    def url(self) -> str:
        """Its URL without the password, as settings hold it."""
        return f"postgresql://{self.user}@{ADDRESS}:{self.server.port}/{self.name}"

    @property
    def full_url(self) -> str:
        """Its URL with the password."""
        return self.url.replace("@", f":{self.password}@", 1)

    def ask(self, statement: str) -> str:
        """Run a statement in this database as the server's administrator."""
        return self.server.ask(statement, database=self.name)

    def write_settings(self, home: Path) -> None:
        """Put a catalogue on this database into a home's settings, and its password beside them."""
        (home / "credentials").mkdir(mode=0o700, parents=True, exist_ok=True)
        with (home / "autoclave.toml").open("a") as settings:
            settings.write(f'[catalogue]\nurl = "{self.url}"\n')
        path = home / "credentials" / "catalogue.toml"
        path.touch(mode=0o600)
        path.write_text(f'user = "{self.user}"\npassword = "{self.password}"\n')


class PostgresServer:
    """A server in a folder; `stop` and `start` again keep what it holds."""

    def __init__(self) -> None:
        programs = _programs()
        if programs is None:
            raise RuntimeError("there is no PostgreSQL here: ask missing_programs() first")
        self._programs = programs
        # Not below a test's own folder: only its owner may enter that.
        self._folder = Path(tempfile.mkdtemp(prefix="autoclave-postgres-"))
        self._password = secrets.token_hex(16)
        (self.port,) = _free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Make the server's files and start it."""
        secret = self._folder / "password"
        secret.write_text(self._password)
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            for path in (self._folder, secret):
                os.chown(path, user.pw_uid, user.pw_gid)
        options = ["-A", "scram-sha-256", "-U", ADMINISTRATOR, f"--pwfile={secret}", "--no-sync"]
        locale = ["-E", "UTF8", "--locale=C.UTF-8", "--data-checksums"]
        command = [self._programs / "initdb", "-D", self._folder / "data", *options, *locale]
        done = subprocess.run(
            [*self._as_user(), *command], capture_output=True, cwd="/", timeout=120, check=False
        )
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stderr.decode(errors='replace')}")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = {
            "listen_addresses": ADDRESS,
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": 100,
            "shared_buffers": "64MB",
            "fsync": "off",  # these files need not survive a power cut, and databases come and go
            "full_page_writes": "off",
        }
        words = [word for k, v in settings.items() for word in ("-c", f"{k}={v}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *self._as_user(),
                    self._programs / "postgres",
                    "-D",
                    self._folder / "data",
                    *words,
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        end = time.monotonic() + START_SECONDS
        while self._ask("SELECT 1", ADMINISTRATOR).returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self._folder / "log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server: connections are refused, as when the network is cut."""
        if self._process is not None:
            self._process.send_signal(2)  # SIGINT: end sessions, then end in order
            _end(self._process)
            self._process = None

    def end(self) -> None:
        """Stop the server and remove its files."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def account(self) -> Account:
        """Make a database of its own, with an owner who may do nothing else."""
        name, password = f"t{secrets.token_hex(6)}", secrets.token_hex(16)
        self.ask(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        self.ask(f"CREATE DATABASE {name} OWNER {name}")
        return Account(server=self, name=name, user=name, password=password)

    def copy(self, account: Account, *, name: str = "") -> Account:
        """Copy a database that nobody is connected to; its owner stays the same."""
        name = name or f"t{secrets.token_hex(6)}"
        self.ask(f"CREATE DATABASE {name} OWNER {account.user} TEMPLATE {account.name}")
        return replace(account, name=name)

    def dump(self, account: Account) -> bytes:
        """Return a backup of a database, as its owner would make one."""
        return self._as_owner(account, "pg_dump", "--no-owner")

    def restore(self, account: Account, backup: bytes) -> None:
        """Put a backup in place of a database, whoever is connected to it."""
        self.drop(account)
        self.ask(f"CREATE DATABASE {account.name} OWNER {account.user}")
        self._as_owner(account, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", content=backup)

    def _as_owner(self, account: Account, program: str, *words: str, content: bytes = b"") -> bytes:
        place = ["-h", ADDRESS, "-p", str(self.port), "-U", account.user, "-d", account.name]
        done = subprocess.run(
            [self._programs / program, *words, *place],
            env={**os.environ, "PGPASSWORD": account.password},
            input=content,
            capture_output=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def drop(self, account: Account) -> None:
        """Remove a database, whoever is connected to it."""
        self.ask(f"DROP DATABASE IF EXISTS {account.name} WITH (FORCE)")

    def ask(self, statement: str, *, database: str = ADMINISTRATOR) -> str:
        """Run a statement as the server's administrator and return what it prints."""
        done = self._ask(statement, database)
        if done.returncode:
            raise RuntimeError(re.sub(r"\s+", " ", done.stderr.decode(errors="replace")))
        return done.stdout.decode().strip()

    def _ask(self, statement: str, database: str) -> subprocess.CompletedProcess[bytes]:
        place = ["-h", ADDRESS, "-p", str(self.port), "-U", ADMINISTRATOR, "-d", database]
        return subprocess.run(
            ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", *place, "-c", statement],
            env={**os.environ, "PGPASSWORD": self._password},
            capture_output=True,
            timeout=60,
            check=False,
        )

    @staticmethod
    def _as_user() -> list[str]:
        """Return what starts a program that dies with this process, and never as root."""
        parting = ["setpriv", "--pdeathsig", "QUIT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam(UNPRIVILEGED)
            parting += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        return [*parting, "--"]
