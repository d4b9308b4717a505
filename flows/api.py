"""A small client of Prefect's HTTP API: commands follow flow runs without importing Prefect."""

import base64
import contextlib
import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from custody.box import Json
from custody.errors import SettingsError, UnavailableError

# A server waits up to 60 s for its database: who goes away before is answered by nobody, and what
# was asked for may still be done.
ANSWER_SECONDS = 75.0
# SQLite behind a server that records many task runs answers "locked", and the server 503.
BUSY_PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0)
REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Where a Prefect API is, and its `user:password`; it connects there and nowhere else."""

    url: str
    auth: str
    seconds: float = ANSWER_SECONDS

    def __repr__(self) -> str:
        return f"Api({self.url})"

    @property
    def pages(self) -> str:
        """Where a person opens Prefect's pages."""
        return self.url.removesuffix("/api")

    def get(self, path: str) -> Json:
        """Return what the API says."""
        return self._call("GET", path, None)

    def post(self, path: str, body: Json) -> Json:
        """Send something and return the answer."""
        return self._call("POST", path, body)

    def patch(self, path: str, body: Json) -> Json:
        """Change something."""
        return self._call("PATCH", path, body)

    def put(self, path: str, body: Json) -> Json:
        """Put something in the place of what is there."""
        return self._call("PUT", path, body)

    def _call(self, method: str, path: str, body: Json) -> Json:
        """Ask, and ask again while the server's database is busy: it did nothing then.

        Raises:
            SettingsError: the password is not the server's.
            UnavailableError: nobody answers, or the answer is no.
        """
        content = None if body is None else json.dumps(body).encode()
        status, text = self._ask(method, path, content)
        for pause in BUSY_PAUSES:
            if status != http.client.SERVICE_UNAVAILABLE:
                break
            time.sleep(pause)
            status, text = self._ask(method, path, content)
        if status in REFUSED:
            raise SettingsError(
                f"Prefect's API at {self.url} refuses the password",
                next_step="give the server's own in orchestrator.auth_file",
            )
        if status >= http.client.BAD_REQUEST:
            # The answer may repeat what was sent; it stays out of logs.
            raise UnavailableError(
                f"Prefect's API answers {status} to {method} {path}",
                next_step="look into the server's log",
            )
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise UnavailableError(
                f"what answers at {self.url} is no API of Prefect",
                next_step="check the address and port",
            ) from error

    def _ask(self, method: str, path: str, content: bytes | None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"}
        if self.auth:
            headers["Authorization"] = f"Basic {base64.b64encode(self.auth.encode()).decode()}"
        with self._connected() as (connection, prefix):
            connection.request(method, f"{prefix}{path}", content, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[tuple[http.client.HTTPConnection, str]]:
        parts = urlsplit(self.url)
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        if parts.scheme not in kind or not parts.hostname:
            raise SettingsError(
                f"{self.url!r} is no address of an API", next_step="write https://SERVER/api"
            )
        connection = kind[parts.scheme](parts.hostname, parts.port, timeout=self.seconds)
        try:
            yield connection, parts.path.rstrip("/")
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnavailableError(
                f"Prefect's API at {self.url} does not answer: {type(error).__name__}",
                next_step="check that the server runs, then run the same command again",
            ) from error
        finally:
            connection.close()
