"""One request as the pages see it: who asks, in which language, and what they sent."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from catalogue.views import ServiceStatus
from console.access import Rule
from console.accounts import Accounts
from console.attempts import Attempts
from console.kept import Kept
from console.packs import ShownPack
from console.rendering import render_page
from console.sessions import Session, Sessions
from console.words import WORDS
from custody.errors import UsageError
from custody.people import Person
from pipeline.wiring import Runtime

COOKIE = "autoclave_session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What all requests share. `origins` are the addresses under which browsers reach it.

    `deciding` lets one decision through at a time: each begins with what the one before it left.
    `counts` are those of the overview, and `packs` of the rules: over millions of entries they take
    longer than a page may.
    """

    runtime: Runtime
    accounts: Accounts
    sessions: Sessions
    attempts: Attempts
    origins: frozenset[str]
    secure: bool
    deciding: threading.Lock
    counts: Kept[list[ServiceStatus]]
    packs: Kept[list[ShownPack]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that its route's rule let through; `person` is set unless the route is public."""

    console: Console
    session: Session
    token: str
    language: str
    person: Person | None
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def runtime(self) -> Runtime:
        """The open home."""
        return self.console.runtime

    @property
    def who(self) -> Person:
        """The person who asks; a public route has none."""
        if self.person is None:
            raise RuntimeError("a public route asks for a person")
        return self.person

    def field(self, name: str, most: int = 1000) -> str:
        """Return what a field of the form says.

        Raises:
            UsageError: it is missing or too long.
        """
        value = self.form.get(name, "")
        if len(value) > most:
            raise UsageError(f"the field {name} is too long", next_step="shorten it")
        return value

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a page in the language of the visit."""
        text = render_page(
            template,
            template=template,
            t=WORDS[self.language],
            language=self.language,
            person=self.person,
            form_token=self.session.form_token,
            **values,
        )
        response = HTMLResponse(text, status_code=status)
        self.keep_cookie(response, self.token)
        return response

    def keep_cookie(self, response: Response, token: str) -> None:
        """Give a browser the token of its session: no script and no other site ever has it."""
        response.set_cookie(
            COOKIE, token, path="/", httponly=True, samesite="strict", secure=self.console.secure
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address with the roles that may use it, and what answers there."""

    method: str
    path: str
    rule: Rule
    answer: Callable[[Visit], Response]


def see_other(where: str) -> RedirectResponse:
    """Return an answer that sends a browser to another page, by GET."""
    return RedirectResponse(where, status_code=303)
