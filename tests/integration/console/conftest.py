"""One recovered home for all tests of the console; those that decide work on a copy.

With `--catalogue postgresql` its catalogue, and that of each copy, is a database on a real server.
Its people: Ana and Ben decide, Eva only looks. Passwords are cheap to check here.
"""

import asyncio
import os
import re

import httpx
import pytest

from audit.ssh_keys import generate, public_line, write_private_key
from catalogue import people as people_rows
from console.accounts import Accounts
from console.application import console_of, served
from console.passwords import Cost
from custody.people import Role
from pipeline.deciding import people
from pipeline.settings import Settings, read_settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_source, copy_of, recover

ORIGIN = "http://127.0.0.1:8380"
CHEAP = Cost(iterations=1, lanes=1, kibibytes=64)
PASSWORD = "a long enough password"
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR" + b"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HOSTILE = "<script>alert(1)</script>\u202egnp.\x1b[31m".encode() + b"\xff'\"&.com"
NOTE = "<b>a reason</b> \u202e & 'more'"


@pytest.fixture(scope="session")
def home_database(request):
    """The database of the home, unless its catalogue is a file."""
    if request.config.getoption("--catalogue") == "sqlite":
        return None
    return request.getfixturevalue("postgres_server").account()


@pytest.fixture(scope="session")
def recovered_home(tmp_path_factory, home_database):
    """A home with one virus under a harmless name, one under a hostile one, and a clean text."""
    folder = tmp_path_factory.mktemp("console")
    disk = folder / "disk"
    (disk / "in").mkdir(parents=True)
    (disk / "in" / "virus.com").write_bytes(EICAR)
    (disk / "clean.txt").write_bytes(b"a harmless report\n" * 9)
    (disk / "in" / "second.txt").write_bytes(EICAR + b"\n")

    (disk / os.fsdecode(HOSTILE.replace(b"/", b"\xe2\x88\x95"))).write_bytes(EICAR + b" ")
    settings = Settings(home=folder / "home")
    if home_database is not None:
        home_database.write_settings(settings.home)
        settings = read_settings(settings.home, {})
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        for name, role in (("ana", Role.ANALYST), ("ben", Role.APPROVER)):
            _add(runtime, folder, name, role)
        for role in set(Role) - {Role.ANALYST, Role.APPROVER}:
            _insert(runtime, folder, f"is-{role.value}", role)
        accounts = Accounts(runtime.home.console)
        with runtime.catalogue.read() as connection:
            everybody = people_rows.all_people(connection)
        for person in everybody:
            key = folder / person.name if person.may_decide else None
            accounts.give(person, PASSWORD, key, CHEAP)
    return settings


def _add(runtime, folder, name, role):
    key = generate()
    write_private_key(folder / name, key)
    people.add(runtime, people.person_of(name, role, public_line(key)), actor="engineer")


def _insert(runtime, folder, name, role):
    """Register somebody as two signatures would."""
    key = generate()
    write_private_key(folder / name, key)
    with runtime.catalogue.write() as connection:
        people_rows.add(connection, people.person_of(name, role, public_line(key)), runtime.clock())


class Client:
    """Sends requests straight into the application, one after the other, and keeps cookies."""

    def __init__(self, app):
        transport = httpx.ASGITransport(app)
        self.inner = httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    def get(self, path, **options):
        """Ask for a page."""
        return asyncio.run(self.inner.get(path, **options))

    def post(self, path, **options):
        """Send a form."""
        return asyncio.run(self.inner.post(path, **options))

    @property
    def cookies(self):
        """What the browser keeps; it can be put back later."""
        return dict(self.inner.cookies)

    @cookies.setter
    def cookies(self, kept):
        self.inner.cookies = kept


class Browser:
    """A browser that follows no redirect by itself, and takes form tokens from pages."""

    def __init__(self, console):
        self.console = console
        self.client = Client(served(console))

    def get(self, path, **options):
        """Ask for a page."""
        return self.client.get(path, **options)

    def token(self, path="/login"):
        """Return the form token of this session."""
        page = self.client.get(path).text
        return re.search(r'name="form_token" value="([^"]+)"', page)[1]

    def field(self, path, name):
        """Return what a hidden field of a page says."""
        return re.search(rf'name="{name}" value="([^"]+)"', self.client.get(path).text)[1]

    def post(self, path, token=None, headers=None, **fields):
        """Send a form, with the token of this session or another one."""
        token = self.token("/queue") if token is None else token
        data = {"form_token": token, **fields}
        return self.client.post(path, data=data, headers=headers)

    def login(self, name, password=PASSWORD):
        """Log in."""
        return self.post("/login", token=self.token(), name=name, password=password)

    def decide(self, digest, action, **fields):
        """Sign a decision on what the page shows."""
        page = f"/artefact/{digest}"
        shown = fields.pop("shown", None) or self.field(page, "shown")
        fields = {"reason": NOTE.replace("\u202e", ""), "password": PASSWORD, **fields}
        return self.post(f"{page}/{action}", shown=shown, **fields)


def console_over(runtime):
    """Return the console over an open home, reached by one address."""
    return console_of(runtime, [ORIGIN], secure=False)


@pytest.fixture(scope="session")
def shared(recovered_home, home_database, tmp_path_factory):
    """The console over that home; nothing decides in it.

    On a server it has a copy: a database that is open cannot be copied for the others.
    """
    settings = recovered_home
    if home_database is not None:
        copy = home_database.server.copy(home_database)
        settings = copy_of(recovered_home, tmp_path_factory.mktemp("shared"), copy)
    with open_runtime(settings) as runtime:
        yield console_over(runtime)


@pytest.fixture
def browser(shared):
    """A browser that nobody logged in with."""
    return Browser(shared)


@pytest.fixture
def ana(browser):
    """A browser that the analyst Ana logged in with."""
    assert 303 == browser.login("ana").status_code
    return browser


@pytest.fixture
def copied_home(recovered_home, home_database, tmp_path):
    """The settings of a copy of that home, free to change."""
    if home_database is None:
        yield copy_of(recovered_home, tmp_path)
        return
    copy = home_database.server.copy(home_database)
    yield copy_of(recovered_home, tmp_path, copy)
    copy.server.drop(copy)


@pytest.fixture
def deciding(copied_home):
    """A console over a copy of that home."""
    with open_runtime(copied_home) as runtime:
        yield console_over(runtime)


@pytest.fixture
def as_person(deciding):
    """Returns a browser of a person of the copied home."""

    def logged_in(name):
        made = Browser(deciding)
        assert 303 == made.login(name).status_code
        return made

    return logged_in
