"""What shows a run outlives a server that refuses it, and hears the next word."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flows.api import Api
from flows.showing import Show


@pytest.fixture
def answers():
    """Answers that a server on the loopback gives, one a request, and its address."""
    left = [(403, b""), (200, b'{"id": "one", "state": {"type": "PAUSED"}}')]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = left.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()
        thread.join()


def test_a_server_that_refuses_once_is_asked_again(answers):
    """Who refuses the password while it starts does not make a run deaf to a later pause."""
    stop = threading.Event()
    show = Show(runtime=None, api=Api(url=answers, auth="a:b"), flow_run="one", stop=stop)

    show.look()
    before = stop.is_set()
    show.look()

    assert (False, True) == (before, stop.is_set())
