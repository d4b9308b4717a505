"""The application: every route behind the guard, and the headers that every answer carries."""

import logging
import os
import threading
import time
from collections.abc import Iterable

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogue import views
from catalogue.views import ServiceStatus
from console.accounts import Accounts
from console.attempts import Attempts
from console.guard import Guarded
from console.kept import Kept
from console.packs import shown_packs
from console.routes.every import ROUTES
from console.sessions import Sessions
from console.visit import Console, Route
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

# Nothing comes from elsewhere, nothing is a script, no other site frames or receives anything.
POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With "no-referrer" browsers send our own forms with the origin "null", as a stranger's.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}
YEAR = "max-age=31536000"


class WithHeaders:
    """An application whose every answer, those of errors too, carries the headers of the house."""

    def __init__(self, inner: ASGIApp, *, secure: bool) -> None:
        self._inner = inner
        self._headers = HEADERS | ({"strict-transport-security": YEAR} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and put the headers over whatever comes back."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
            await send(message)

        await self._inner(scope, receive, sending)


def console_of(runtime: Runtime, origins: Iterable[str], *, secure: bool) -> Console:
    """Return what the requests of one server share."""
    return Console(
        runtime=runtime,
        accounts=Accounts(runtime.home.console),
        sessions=Sessions(time.monotonic),
        attempts=Attempts(time.monotonic),
        origins=frozenset(origins),
        secure=secure,
        deciding=threading.Lock(),
        counts=Kept(lambda: _counts(runtime), time.monotonic),
        packs=Kept(lambda: shown_packs(runtime), time.monotonic),
    )


def _counts(runtime: Runtime) -> list[ServiceStatus]:
    with runtime.catalogue.read() as connection:
        return views.status(connection)


def application(console: Console, routes: Iterable[Route] = ROUTES) -> FastAPI:
    """Return the application; it says nothing of itself but its pages."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for route in routes:
        guarded = Guarded(console, route)
        app.add_api_route(route.path, guarded, methods=[route.method], response_model=None)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(Exception, _failed)
    return app


def served(console: Console) -> ASGIApp:
    """Return the application as it is served: behind it there is nothing without the headers."""
    return WithHeaders(application(console), secure=console.secure)


def _unknown(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    return PlainTextResponse("there is nothing here\n", status_code=status)


def _failed(request: Request, error: Exception) -> Response:
    """Say where a defect of ours is; its own words could hold a name from a hostile disk."""
    del request
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = os.path.basename(trace.tb_frame.f_code.co_filename) if trace else "an unknown place"  # noqa: PTH119  a code object's name is text
    logger.error("internal failure: %s at %s", type(error).__name__, place)
    return PlainTextResponse("internal failure; the log of the console says where\n", 500)
