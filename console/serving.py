"""Serves the console: on the loopback, or elsewhere under TLS of its own, and on nothing else."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from console.application import console_of, served
from custody.errors import SettingsError, UnavailableError
from pipeline.settings import ConsoleSettings
from pipeline.wiring import Runtime

LOOK_SECONDS = 0.2
GRACE_SECONDS = 30


def serve(
    runtime: Runtime,
    host: str,
    port: int,
    stop: threading.Event,
    ready: Callable[[str], None],
) -> None:
    """Serve a home until `stop`; `ready` is told the address when browsers can come.

    Raises:
        SettingsError: it would be reached from elsewhere without TLS, or a setting is wrong.
        UnavailableError: the port is taken.
    """
    settings = runtime.settings.console
    check_place(host, settings)
    with _listening(host, port) as listening:
        own = origin_of(host, listening.getsockname()[1], secure=bool(settings.certificate))
        console = console_of(runtime, origins(own, settings), secure=is_secure(settings))
        server = uvicorn.Server(_config(served(console), settings))
        watch = threading.Thread(target=_end, args=(server, stop), daemon=True)
        watch.start()
        console.counts.get()  # so that nobody waits for the first count, the longest one
        ready(settings.url or own)
        server.run(sockets=[listening])
        stop.set()
        watch.join()


def check_place(host: str, settings: ConsoleSettings) -> None:
    """Refuse to be reached from elsewhere in the clear: passwords and names would pass it.

    Raises:
        SettingsError: the address is not the loopback's, and there is no certificate; or a
            setting is no https address, or half of a certificate.
    """
    if bool(settings.certificate) != bool(settings.certificate_key):
        raise SettingsError(
            "a certificate needs its key",
            next_step="set both console.certificate and console.certificate_key",
        )
    for path in filter(None, (settings.certificate, settings.certificate_key)):
        if not Path(path).is_file():
            raise SettingsError("a file of the console's certificate is missing", next_step=path)
    if settings.url:
        _check_url(settings.url)
    if not _is_loopback(host) and not settings.certificate:
        raise SettingsError(
            f"{host} is reached from elsewhere, and passwords would go there in the clear",
            next_step=(
                "set console.certificate and console.certificate_key, or stay on 127.0.0.1 behind"
                " a proxy of this machine with TLS and set console.url"
            ),
        )


def origins(own: str, settings: ConsoleSettings) -> frozenset[str]:
    """Return the addresses that browsers may name: its own, and that of the proxy before it."""
    found = {own}
    host = urlsplit(own).hostname or ""
    if _is_loopback(host):
        found.add(own.replace(urlsplit(own).netloc.rpartition(":")[0], "localhost", 1))
    if settings.url:
        found.add(settings.url.rstrip("/"))
    return frozenset(found)


def origin_of(host: str, port: int, *, secure: bool) -> str:
    """Return an address as a browser names it (RFC 6454 §6.2)."""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{shown}:{port}"


def is_secure(settings: ConsoleSettings) -> bool:
    """Whether browsers come by TLS alone, so that the cookie may ask for it."""
    return bool(settings.certificate or settings.url)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingsError(
            f"console.url is {url!r}", next_step="write it as https://console.hospital.example"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        raise UnavailableError(
            f"{host}:{port} cannot be listened on", next_step="choose another with --port"
        ) from error


def _config(app: object, settings: ConsoleSettings) -> uvicorn.Config:
    """Say nothing of requests: their addresses hold paths and digests that somebody asked for."""
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # uvicorn names the same protocol in types of its own
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=settings.certificate or None,
        ssl_keyfile=settings.certificate_key or None,
    )


def _end(server: uvicorn.Server, stop: threading.Event) -> None:
    while not stop.wait(LOOK_SECONDS):
        if server.should_exit:
            return
    server.should_exit = True
