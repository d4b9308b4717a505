"""Which URLs of a server are taken, and what is asked of the way to it."""

import pytest
import sqlalchemy as sa

from catalogue.engine import database_at
from catalogue.postgresql import Server, lock_number
from custody.errors import CatalogueError, SettingsError

HERE = "postgresql://u@127.0.0.1:5433/db"


@pytest.mark.parametrize(
    "url",
    [
        HERE,
        "postgresql://u@localhost/db",
        "postgresql://u@[::1]/db",
        "postgresql://u@/db?host=/var/run/postgresql",
        "postgresql://u@/db?host=localhost:5432&host=/run/other",
    ],
)
def test_this_machine_needs_no_certificate(url):
    """Nobody listens between a process and its own machine."""
    assert "sslmode" not in Server.at(sa.make_url(url)).url.query


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@db.hospital/db",
        "postgresql://u@/db?host=db.hospital",
        "postgresql://u@/db?host=localhost&host=db.hospital",
        "postgresql://u@localhost/db?hostaddr=10.0.0.7",
        "postgresql://u@localhost/db?service=catalogue",
    ],
)
def test_a_server_elsewhere_has_to_prove_who_it_is(url):
    """Without a word its certificate is verified; who asks for less is refused."""
    parsed = sa.make_url(url)

    assert "verify-full" == Server.at(parsed).url.query["sslmode"]
    for mode in ("disable", "prefer", "require"):
        with pytest.raises(SettingsError, match="would not be verified"):
            Server.at(parsed.update_query_dict({"sslmode": mode}))


@pytest.mark.parametrize("url", ["postgresql://u@/db", "postgresql://u@localhost"])
def test_host_and_database_are_named(url):
    """What libpq would guess from the environment is not guessed."""
    with pytest.raises(SettingsError, match="no host or no database"):
        Server.at(sa.make_url(url))


@pytest.mark.parametrize("schema", ["", "Ä", "a;drop", 'a"b', "A", "1a", "x" * 49])
def test_a_schema_has_a_plain_name(schema):
    """It stands in statements, so nothing in it needs quotes."""
    with pytest.raises(SettingsError, match="plain name"):
        Server.at(sa.make_url(HERE).update_query_dict({"schema": schema}))


def test_neither_password_nor_user_is_shown():
    """Where a server is written down, its account is not."""
    server = Server.at(sa.make_url("postgresql://anna:s3cr3t@127.0.0.1/db?schema=x"))

    assert "Server(postgresql://127.0.0.1:5432/db?schema=x)" == repr(server)


def test_another_kind_of_database_is_refused():
    """Only two kinds were tried."""
    with pytest.raises(CatalogueError, match="of that kind"):
        database_at("mysql://u@localhost/db")


def test_locks_have_numbers_of_their_own():
    """By schema and by name, in the range of the server's own numbers."""
    numbers = {lock_number(s, n) for s in ("a", "b") for n in ("write", "work", "sequencer")}

    assert 6 == len(numbers)
    assert all(-(2**63) <= number < 2**63 for number in numbers)
