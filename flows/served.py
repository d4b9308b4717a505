"""What a served home keeps for Prefect: its folder, its password, and who serves it now."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from custody.errors import UnavailableError
from flows.api import Api
from pipeline.home import PRIVATE
from storage.faults import store_faults

USER = "autoclave"
SECRET_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The places of a served home."""

    home: Path

    @property
    def folder(self) -> Path:
        """Prefect's own home: its database, and the rest of what it keeps."""
        return self.home / "prefect"

    @property
    def password(self) -> Path:
        """`user:password` of the API; kept, so that a browser may keep it too."""
        return self.folder / "api.auth"

    @property
    def lock(self) -> Path:
        """Held by the one who serves."""
        return self.folder / "serve.lock"

    @property
    def address(self) -> Path:
        """Where the API is, while it is."""
        return self.folder / "served.json"

    @property
    def port(self) -> Path:
        """The port that was free the last time, so that a page that is open finds its server."""
        return self.folder / "port"

    @property
    def server_log(self) -> Path:
        """What the API says."""
        return self.folder / "server.log"

    @property
    def worker_log(self) -> Path:
        """What the worker and its flow runs say."""
        return self.folder / "worker.log"

    def make(self) -> None:
        """Make the folder for the owner only: Prefect makes no parents, and fails obscurely."""
        with store_faults("make the folder of Prefect"):
            self.folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)

    def read_auth(self) -> str:
        """Return `user:password`, making it when there is none."""
        with store_faults("read Prefect's password"):
            if not self.password.exists():
                fresh = f"{USER}:{secrets.token_urlsafe(SECRET_BYTES)}"
                apart = self.password.with_suffix(".new")
                with open(apart, "w", opener=_privately, encoding="ascii") as file:
                    file.write(fresh)
                apart.replace(self.password)
            return self.password.read_text(encoding="ascii").strip()

    def last_port(self) -> int:
        """Return the port that was free the last time, or 0."""
        try:
            return int(self.port.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def announce(self, url: str) -> None:
        """Say where the API is."""
        with store_faults("write where the API is"):
            self.address.write_text(json.dumps({"url": url, "pid": os.getpid()}), encoding="utf-8")

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Be the one who serves this home.

        Raises:
            UnavailableError: another process serves it.
            StoreError: the home cannot be written.
        """
        self.make()
        with store_faults("open the lock of the served home"):
            file = self.lock.open("ab")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UnavailableError(
                    f"another `autoclave serve` has the home {self.home}",
                    next_step="use that one, or end it first",
                ) from error
            self.address.unlink(missing_ok=True)
            try:
                yield
            finally:
                self.address.unlink(missing_ok=True)

    @property
    def is_serving(self) -> bool:
        """Whether somebody serves this home now; a lock goes with its process."""
        try:
            file = self.lock.open("rb")
        except OSError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def api(self) -> Api:
        """Return the API of the one who serves.

        Raises:
            UnavailableError: it is not up yet.
        """
        try:
            found = json.loads(self.address.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnavailableError(
                "the server of this home is not up yet",
                next_step=f"wait half a minute; see {self.server_log}",
            ) from error
        return Api(url=found["url"], auth=self.read_auth())


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_TRUNC, 0o600)
