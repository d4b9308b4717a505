"""Sessions of the console: kept by the server alone, and only as long as it runs.

A browser holds a random token and nothing else; here stands its hash. A session has a token for
forms of its own (CSRF), ends when nobody used it for a while, and begins anew with the login.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

TOKEN_BYTES = 32
IDLE_SECONDS = 30 * 60.0
LONGEST_SECONDS = 8 * 3600.0
# Who has not logged in yet has a session too, for the form's token; strangers must not fill memory.
MOST_SESSIONS = 10_000


@dataclass(slots=True)
class Session:
    """One browser. `name` is empty until somebody logged in with it.

    `salt` is that of their account then: a new password has another one, and ends the session.
    """

    name: str
    salt: str
    language: str
    begun: float
    seen: float
    form_token: str
    looked_at: set[str] = field(default_factory=set)

    def owns(self, form_token: str) -> bool:
        """Whether a form came from a page of this session."""
        given = form_token.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(self.form_token.encode(), given)


class Sessions:
    """All sessions of one server; safe to share between threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_hash: dict[bytes, Session] = {}

    def begin(self, name: str = "", language: str = "", salt: str = "") -> tuple[str, Session]:
        """Begin a session and return its token, which nobody ever had before."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock()
        session = Session(
            name=name,
            salt=salt,
            language=language,
            begun=now,
            seen=now,
            form_token=secrets.token_urlsafe(TOKEN_BYTES),
        )
        with self._lock:
            self._make_room()
            self._by_hash[_hash(token)] = session
        return token, session

    def get(self, token: str) -> Session | None:
        """Return the session of a token, and note that it is used; None when it is over."""
        with self._lock:
            session = self._by_hash.get(_hash(token))
            if session is None:
                return None
            if self._is_over(session):
                del self._by_hash[_hash(token)]
                return None
            session.seen = self._clock()
            return session

    def end(self, token: str) -> None:
        """End a session; its token is worth nothing from now on."""
        with self._lock:
            self._by_hash.pop(_hash(token), None)

    def _is_over(self, session: Session) -> bool:
        now = self._clock()
        return now - session.seen > IDLE_SECONDS or now - session.begun > LONGEST_SECONDS

    def _make_room(self) -> None:
        """Drop what is over, and then the oldest ones that nobody logged in with."""
        if len(self._by_hash) < MOST_SESSIONS:
            return
        for key in [k for k, session in self._by_hash.items() if self._is_over(session)]:
            del self._by_hash[key]
        strangers = [k for k, session in self._by_hash.items() if not session.name]
        for key in strangers[: max(1, len(strangers) // 2)]:
            del self._by_hash[key]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
