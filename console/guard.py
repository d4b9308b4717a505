"""The guard before every route: host, origin, session, person, role, form token; then the answer.

Each check refuses by itself, in this order, and nothing of a route runs before all have passed.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request
from fastapi.responses import PlainTextResponse, Response
from starlette.concurrency import run_in_threadpool

from catalogue import people
from console.sessions import Session
from console.visit import COOKIE, Console, Route, Visit, see_other
from console.words import DEFAULT_LANGUAGE, WORDS
from custody.errors import AutoclaveError, RefusedError, UnavailableError, UsageError
from custody.people import Person

MOST_FORM_BYTES = 32_768
MOST_FIELDS = 32
FORM = "application/x-www-form-urlencoded"


class Guarded:
    """A route behind the guard; the application serves nothing else."""

    def __init__(self, console: Console, route: Route) -> None:
        self.route = route
        self._console = console

    async def __call__(self, request: Request) -> Response:
        """Answer a request, or refuse it."""
        # 1. Another name for this address is a rebound one: its pages are not ours (RFC 9110 §7.2).
        if request.headers.get("host", "") not in _hosts(self._console):
            return PlainTextResponse("unknown host\n", status_code=421)
        form: dict[str, str] = {}
        if request.method == "POST":
            # 2. A form of another site says so in its origin (RFC 6454 §7).
            if request.headers.get("origin", "") not in {"", *self._console.origins}:
                return PlainTextResponse("another origin\n", status_code=403)
            sent = await _form(request)
            if sent is None:
                return PlainTextResponse("no form that is taken here\n", status_code=400)
            form = sent
        # Everything else reads the database, and must not keep others waiting.
        return await run_in_threadpool(self._answer, request, form)

    def _answer(self, request: Request, form: Mapping[str, str]) -> Response:
        visit = _visit(self._console, request, form)
        if (refused := self._refusal(request, visit)) is not None:
            return refused
        try:
            return self.route.answer(visit)
        except AutoclaveError as error:
            return _told(visit, request.method, error)

    def _refusal(self, request: Request, visit: Visit) -> Response | None:
        """Return why a visit goes no further; None when it does."""
        rule = self.route.rule
        # 3. A session of a person who is registered, and whose key was not revoked.
        if visit.person is None and not rule.public:
            return see_other("/login") if request.method == "GET" else _forbidden(visit)
        # 4. Their registered role, as it is now.
        if visit.person is not None and not rule.public and not rule.allows(visit.person.role):
            return _forbidden(visit)
        # 5. The token that this session's own pages put into their forms.
        token = visit.form.get("form_token", "")
        if request.method == "POST" and not visit.session.owns(token):
            return _forbidden(visit)
        return None


def refused_page(visit: Visit, status: int, reason: str, next_step: str = "") -> Response:
    """Return a page that says what is not done, and what to do instead."""
    return visit.page("refused.html", status=status, reason=reason, next_step=next_step)


def _hosts(console: Console) -> set[str]:
    return {urlsplit(origin).netloc for origin in console.origins}


def _forbidden(visit: Visit) -> Response:
    return refused_page(visit, 403, WORDS[visit.language]["forbidden"])


def _told(visit: Visit, method: str, error: AutoclaveError) -> Response:
    """Return the page of an error of ours: a conflict, a wrong word, a refusal, or no answer."""
    match error:
        case UsageError():
            status = 400
        case RefusedError():
            status = 403
        case UnavailableError():
            status = 409 if method == "POST" else 503
        case _:
            status = 500
    return refused_page(visit, status, error.reason, error.next_step)


def _visit(console: Console, request: Request, form: Mapping[str, str]) -> Visit:
    token = request.cookies.get(COOKIE, "")
    session = console.sessions.get(token) if token else None
    person = _person(console, session, token)
    if session is None or (session.name and person is None):
        token, session = console.sessions.begin()
    wished = session.language or _wished(request.headers.get("accept-language", ""))
    return Visit(
        console=console,
        session=session,
        token=token,
        language=wished,
        person=person,
        path={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        form=form,
    )


def _person(console: Console, session: Session | None, token: str) -> Person | None:
    """Return the registered person of a session.

    Who is revoked, or whose account is gone or has another password by now, is logged out.
    """
    if session is None or not session.name:
        return None
    with console.runtime.catalogue.read() as connection:
        person = people.get(connection, session.name)
    account = console.accounts.get(session.name)
    same = account is not None and account.salt == session.salt
    if person is None or person.revoked or not same:
        console.sessions.end(token)
        return None
    return person


def _wished(header: str) -> str:
    """Return the first language of a browser that there are words in (RFC 9110 §12.5.4)."""
    for wish in header.lower().split(","):
        language = wish.partition(";")[0].strip().partition("-")[0]
        if language in WORDS:
            return language
    return DEFAULT_LANGUAGE


async def _form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, each once; None when it is none, or too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORM:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM_BYTES:
            return None
    try:
        pairs: list[tuple[Any, Any]] = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        return None
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else None
