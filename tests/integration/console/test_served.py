"""The console as it is served: over real HTTP, and in a real browser where one is installed."""

import re
import shutil
import threading
from contextlib import contextmanager

import httpx
import pytest

from console.serving import serve
from custody.digest import digest_of
from custody.errors import UnavailableError
from pipeline.wiring import open_runtime
from tests.integration.console.conftest import EICAR, PASSWORD

VIRUS = digest_of(EICAR)
CHROMIUM = shutil.which("chromium")
PATIENCE = 60.0
PATHS = ("/", "/queue", "/runs", "/rules", "/sets", "/recalls", "/audit", "/policies", "/people")
UNLABELLED = """[...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
    .filter(field => !field.labels.length && !field.ariaLabel).length"""
UNNAMED = """[...document.querySelectorAll("a, button")].filter(e => !e.innerText.trim()).length"""
SKIPPED = """[...document.querySelectorAll("h1, h2, h3, h4")].map(h => +h.tagName[1])
    .some((level, n, all) => n && level > all[n - 1] + 1)"""


@contextmanager
def serving(runtime):
    """Serve a home on a free port of the loopback, and end it."""
    stop, up, found = threading.Event(), threading.Event(), []

    def ready(url):
        found.append(url)
        up.set()

    thread = threading.Thread(target=serve, args=(runtime, "127.0.0.1", 0, stop, ready))
    thread.start()
    try:
        assert up.wait(PATIENCE)
        yield found[0]
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def test_it_answers_over_http_until_it_is_stopped(recovered_home):
    """A login and a page over a real socket; then nobody listens there any more."""
    with open_runtime(recovered_home) as runtime:
        with serving(runtime) as url, httpx.Client(base_url=url) as client:
            page = client.get("/login")
            token = re.search(r'name="form_token" value="([^"]+)"', page.text)[1]
            form = {"name": "ana", "password": PASSWORD, "form_token": token}
            answer = client.post("/login", data=form, headers={"origin": url})
            queue = client.get("/queue")
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)

    assert [200, 303, 200] == [page.status_code, answer.status_code, queue.status_code]
    assert "server" not in page.headers
    assert "in/virus.com" in queue.text


def test_a_port_that_is_taken_is_said_to_be(recovered_home):
    """Two consoles do not listen on one port."""
    with open_runtime(recovered_home) as runtime, serving(runtime) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(UnavailableError, match="cannot be listened on"):
            serve(runtime, "127.0.0.1", port, threading.Event(), print)


@pytest.mark.skipif(CHROMIUM is None, reason="not installed: chromium (Debian's package)")
def test_two_people_decide_in_a_browser(copied_home):
    """Login, find, understand, decide by two, promoted; and no error on any page."""
    driver = pytest.importorskip("playwright.sync_api", reason="not installed: playwright")
    complaints = []
    with (
        open_runtime(copied_home) as runtime,
        serving(runtime) as url,
        driver.sync_playwright() as played,
    ):
        started = played.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        ana, ben = (_logged_in(started, url, name, complaints) for name in ("ana", "ben"))
        ana.click("text=Queue")
        ana.click("text=in/virus.com")
        ana.click("summary:has-text('Release')")
        _sign(ana, "signed")
        ben.goto(f"{url}/artefact/{VIRUS}")
        assert "checked with the supplier" in ben.content()
        _sign(ben, "released")
        text = ben.content()
        faults = [fault for path in PATHS for fault in _faults_of(ben, url, path)]
        started.close()

    assert "promotion.done" in text
    assert [] == faults
    assert [] == complaints


def _faults_of(page, url, path):
    """What somebody who sees no page, or has no mouse, would stumble over on one (WCAG 2.2)."""
    page.goto(url + path)
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")
    landed = page.evaluate("document.activeElement.id")
    checks = {
        "no language": not page.get_attribute("html", "lang"),
        "not one title": page.locator("h1").count() != 1,
        "where one is": page.locator("nav [aria-current=page]").count() != 1,
        "no way past the menu": (first, landed) != ("skip", "content"),
        "a head of no column": page.locator("th:not([scope])").count() > 0,
        "a field without a label": page.evaluate(UNLABELLED) > 0,
        "a link or a button without a name": page.evaluate(UNNAMED) > 0,
        "a level of headings left out": page.evaluate(SKIPPED),
        "scrolls only with a mouse": page.locator(".scroll:not([tabindex='0'])").count() > 0,
    }
    return [(path, fault) for fault, found in checks.items() if found]


def _logged_in(started, url, name, complaints):
    page = started.new_context(locale="en-GB").new_page()
    page.on("console", lambda told: complaints.append(told.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{url}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def _sign(page, done):
    page.fill("#release-reason", "checked with the supplier")
    page.fill("#release-password", PASSWORD)
    page.click("button:has-text('Release')")
    page.wait_for_url(f"**done={done}", timeout=1000 * PATIENCE)
