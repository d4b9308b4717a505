"""The client of Prefect's API: patient with a busy server, clear about every other answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain, repeat

import pytest

from custody.errors import SettingsError, UnavailableError
from flows import api as api_module
from flows.api import Api


@contextmanager
def answering(*answers: tuple[int, bytes]) -> Iterator[tuple[Api, list[str]]]:
    """A server that gives some answers, the last one again and again; yields what it was asked."""
    given = chain(answers, repeat(answers[-1]))
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(f"{self.path} {self.headers['Authorization']}")
            status, content = next(given)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Api(url=f"http://127.0.0.1:{server.server_port}/api", auth="a:b"), asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """A busy server is asked again at once."""
    monkeypatch.setattr(api_module, "BUSY_PAUSES", (0.0, 0.0))


def test_a_busy_server_is_asked_again():
    """503 means that nothing was done: the same is asked until it is."""
    with answering((503, b"locked"), (503, b"locked"), (201, b'{"id": 1}')) as (api, asked):
        assert {"id": 1} == api.post("/things", {})

    assert ["/api/things Basic YTpi"] * 3 == asked


def test_a_server_that_stays_busy_is_unavailable():
    """Patience has an end."""
    with answering((503, b"locked")) as (api, asked), pytest.raises(UnavailableError, match="503"):
        api.post("/things", {})

    assert 3 == len(asked)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_password_names_the_setting(status):
    """It is a matter of settings, not of trying again."""
    with (
        answering((status, b"")) as (api, asked),
        pytest.raises(SettingsError, match=r"orchestrator\.auth_file"),
    ):
        api.post("/things", {})

    assert 1 == len(asked)


def test_what_was_sent_is_not_in_an_error():
    """A refusal repeats parameters; they stay out of our words."""
    answer = json.dumps({"detail": "/mnt/Zebulon is no id"}).encode()
    with answering((422, answer)) as (api, _), pytest.raises(UnavailableError) as caught:
        api.post("/things", {"id": "/mnt/Zebulon"})

    assert "Zebulon" not in str(caught.value)


def test_an_answer_that_is_no_json_is_unavailable():
    """Something else listens there: it is not believed."""
    with answering((200, b"<html>")) as (api, _), pytest.raises(UnavailableError):
        api.post("/things", {})


def test_nobody_listening_is_unavailable():
    """A refused connection names the address."""
    with answering((200, b"")) as (api, _):
        pass
    with pytest.raises(UnavailableError, match="does not answer"):
        api.post("/things", {})


@pytest.mark.parametrize("url", ["", "prefect:4200", "ftp://x/api", "http:///api"])
def test_an_address_that_is_none_is_a_setting(url):
    """A mistyped address is refused before anything is connected to."""
    with pytest.raises(SettingsError, match="is no address of an API"):
        Api(url=url, auth="").get("/health")
