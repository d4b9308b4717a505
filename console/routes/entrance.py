"""Login, logout, the language, and the one style sheet."""

from functools import lru_cache
from pathlib import Path

from fastapi.responses import Response

from catalogue import people
from console.guard import refused_page
from console.passwords import hashed, matches
from console.visit import COOKIE, Visit, see_other
from console.words import WORDS

STYLE = Path(__file__).parents[1] / "static" / "console.css"
MOST_NAME = 200


def style(visit: Visit) -> Response:
    """Return the style sheet."""
    del visit
    return Response(_style(), media_type="text/css")


def login_page(visit: Visit) -> Response:
    """Return the form to log in."""
    return see_other("/") if visit.person else visit.page("login.html", failed=False)


def login(visit: Visit) -> Response:
    """Begin a session of a person, in the place of the one that had no name.

    A name that nobody has costs as much time as a wrong password, and reads the same.
    """
    name, password = visit.field("name", MOST_NAME), visit.form.get("password", "")
    if not visit.console.attempts.begin(name):
        return refused_page(visit, 429, WORDS[visit.language]["too_many"])
    account = visit.console.accounts.get(name)
    known = matches(password, account.password if account else _nobodys_password())
    with visit.runtime.catalogue.read() as connection:
        person = people.get(connection, name)
    if not known or account is None or person is None or person.revoked:
        return visit.page("login.html", status=401, failed=True)
    visit.console.attempts.succeed(name)
    visit.console.sessions.end(visit.token)
    token, _ = visit.console.sessions.begin(name, visit.session.language, account.salt)
    response = see_other("/")
    visit.keep_cookie(response, token)
    return response


def logout(visit: Visit) -> Response:
    """End a session."""
    visit.console.sessions.end(visit.token)
    response = see_other("/login")
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def speak(visit: Visit) -> Response:
    """Change the language of a session."""
    wished = visit.field("language", 2)
    if wished in WORDS:
        visit.session.language = wished
    response = see_other("/")
    visit.keep_cookie(response, visit.token)
    return response


@lru_cache(maxsize=1)
def _nobodys_password() -> str:
    return hashed("a password that nobody has")


@lru_cache(maxsize=1)
def _style() -> bytes:
    return STYLE.read_bytes()
