"""Broken access control, tried on every route with every role: the table is the router's own."""

import pytest
from fastapi.routing import APIRoute

from console.access import Rule
from console.application import HEADERS, application
from console.guard import Guarded
from console.routes.every import ROUTES
from custody.people import Role
from tests.integration.console.conftest import ORIGIN, Browser

DIGEST = "0" * 64
CLOSED = [route for route in ROUTES if not route.rule.public]
NAMES = {Role.ANALYST: "ana", Role.APPROVER: "ben"}


def address(route):
    """The address of a route, about a content that nobody ever saw."""
    return route.path.replace("{digest}", DIGEST)


def ask(browser, route, token=""):
    """Ask for a route with a form token."""
    if route.method == "GET":
        return browser.get(address(route))
    return browser.post(address(route), token=token, password="", reason="x", shown="y")


def name_of(route):
    """How a test names a route."""
    return f"{route.method} {route.path}"


def test_every_route_of_the_router_is_guarded_by_a_rule(shared):
    """What the application serves is the table, each behind the guard with a rule of its own."""
    served = [r for r in application(shared).routes if isinstance(r, APIRoute)]

    assert all(isinstance(route.endpoint, Guarded) for route in served)
    assert [(r.method, r.path) for r in ROUTES] == [
        (method, r.path) for r in served for method in r.methods
    ]
    assert len(served) == len(application(shared).routes)
    assert all(isinstance(r.rule, Rule) and (r.rule.public or r.rule.roles) for r in ROUTES)


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_without_a_session_no_closed_route_answers(browser, route):
    """Whoever did not log in is sent to the login, or refused where a form is sent."""
    answer = ask(browser, route)

    assert (303 if route.method == "GET" else 403) == answer.status_code
    assert ("/login" if route.method == "GET" else None) == answer.headers.get("location")


@pytest.fixture(scope="module", params=list(Role), ids=lambda role: role.value)
def role(request):
    """Each role in turn."""
    return request.param


@pytest.fixture(scope="module")
def of_role(shared, role):
    """A browser of somebody of each role."""
    browser = Browser(shared)
    assert 303 == browser.login(NAMES.get(role, f"is-{role.value}")).status_code
    return browser


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_every_role_reaches_what_its_rule_says_and_nothing_else(shared, of_role, route, role):
    """A role that the rule does not name gets 403; one that it names gets beyond the guard."""
    browser = of_role
    if route.path == "/logout":
        browser = Browser(shared)
        browser.login(NAMES.get(role, f"is-{role.value}"))
    answer = ask(browser, route, browser.token("/queue"))
    text = answer.text.replace("&#39;", "'")

    refused_by_role = 403 == answer.status_code and "Your role may not do this" in text
    assert (role not in route.rule.roles) == refused_by_role
    assert route.rule.allows(role) is not refused_by_role


@pytest.mark.parametrize("route", [r for r in ROUTES if r.method == "POST"], ids=name_of)
def test_no_form_counts_with_another_session_s_token(shared, ana, route):
    """The token of somebody else's page, or none, is refused on every route that takes forms."""
    other = Browser(shared)
    other.login("ben")

    for token in (other.token("/queue"), "", "\u00e9"):
        assert 403 == ask(ana, route, token).status_code
    assert 200 == ana.get("/queue").status_code


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_a_session_that_ended_opens_nothing(browser, route):
    """The token of a session before its logout is worth nothing afterwards."""
    browser.login("ana")
    stale, token = dict(browser.client.cookies), browser.token("/queue")
    browser.post("/logout")
    browser.client.cookies = stale

    assert (303 if route.method == "GET" else 403) == ask(browser, route, token).status_code


@pytest.mark.parametrize("path", ["/login", "/console.css", "/nothing", "/", "/artefact/x"])
def test_every_answer_carries_the_headers(browser, path):
    """Pages, redirects and errors have the policy against scripts and the rest."""
    headers = browser.get(path).headers

    assert HEADERS == {name: headers[name] for name in HEADERS}


def test_browsers_name_the_origin_of_our_own_forms(browser):
    """Under the policy "no-referrer" they would send "null" as it, and nobody could log in."""
    answer = browser.post("/login", token=browser.token(), headers={"origin": ORIGIN})

    assert ("same-origin", 401) == (answer.headers["referrer-policy"], answer.status_code)


def test_another_host_name_is_refused(browser):
    """A name that was rebound to the loopback reaches no page."""
    assert 421 == browser.get("/login", headers={"host": "evil.example:8380"}).status_code


def test_a_form_of_another_origin_is_refused(ana):
    """What another site sends is refused, whatever its token."""
    for origin in ("https://evil.example", "null", "http://127.0.0.1"):
        answer = ana.post("/logout", headers={"origin": origin})
        assert (403, "another origin\n") == (answer.status_code, answer.text)
    assert 200 == ana.get("/queue").status_code


def test_a_form_that_is_none_or_too_large_is_refused(ana):
    """JSON, a field twice, and what is larger than any form of ours."""
    client, form = ana.client, {"content-type": "application/x-www-form-urlencoded"}

    assert 400 == client.post("/logout", json={}).status_code
    assert 400 == client.post("/logout", content=b"a=1&a=2", headers=form).status_code
    assert 400 == client.post("/logout", content=b"a=" + b"1" * 40_000, headers=form).status_code


def test_there_is_no_description_of_the_routes(browser):
    """What FastAPI would serve of itself is not there."""
    paths = ("/docs", "/redoc", "/openapi.json")

    assert [404] * 3 == [browser.get(path).status_code for path in paths]
