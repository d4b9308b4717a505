"""What holds for every command: JSON alone on stdout, and the right end when the home fails."""

import json

import pytest

REPORTS = (
    ("source", "list"),
    ("status",),
    ("list",),
    ("holds",),
    ("people", "list"),
    ("policy", "explain"),
    ("policy", "list"),
    ("rules", "list"),
    ("audit", "verify"),
    ("doctor",),
    ("init",),
    ("keys", "show"),
    ("case", "list"),
    ("expected", "list"),
    ("restore", "list"),
)


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
def test_a_new_home_is_made_and_reported_as_json(commands, words):
    """Every report works on a home that did not exist, and prints nothing but JSON on stdout."""
    ended = commands(*words, "--json")

    assert 0 == ended.code, ended.err
    assert f"home: {commands.home}" == ended.err.splitlines()[0]
    assert all(json.loads(line) is not None for line in ended.out.splitlines())
    assert 0o700 == commands.home.stat().st_mode & 0o777


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
def test_people_read_the_same_as_plain_text(reading, words):
    """Every report has a form for people, printable line by line."""
    ended = reading(*words)

    assert ended.code in {0, 3}, ended.err
    assert [] == [line for line in ended.out.splitlines() if not line.isprintable()]


@pytest.mark.parametrize("words", [w for w in REPORTS if w != ("doctor",)], ids=" ".join)
def test_a_home_that_cannot_be_written_is_exit_6(commands, words):
    """A file where the home should be, in one of its folders, is named; nothing is half made."""
    commands.home.mkdir()
    (commands.home / "quarantine").write_text("in the way")
    ended = commands(*words)

    assert (6, "") == (ended.code, ended.out)
    assert str(commands.home) in ended.err.splitlines()[-1]


def test_doctor_names_a_home_that_does_not_open(commands):
    """The one command that is asked in trouble does not stop at the trouble."""
    commands.home.mkdir()
    (commands.home / "quarantine").write_text("in the way")
    ended = commands("doctor", "--json")
    opens = next(c for c in ended.json["checks"] if c["name"] == "opens")

    assert (5, False, True) == (ended.code, opens["passed"], opens["mandatory"])
    assert {"sandbox", "engine"} <= {c["area"] for c in ended.json["checks"]}


def test_doctor_asks_the_server_that_is_to_drive_runs(commands, tmp_path):
    """A fleet whose server does not answer is not fit for work, and its address is named."""
    (tmp_path / "auth").write_text("admin:password")
    commands.home.mkdir()
    (commands.home / "autoclave.toml").write_text(
        f'[orchestrator]\nkind = "fleet"\napi_url = "http://127.0.0.1:9/api"\n'
        f'auth_file = "{tmp_path / "auth"}"\n'
    )
    ended = commands("doctor", "--json")
    asked = next(c for c in ended.json["checks"] if c["name"] == "orchestration")

    assert (5, False, True) == (ended.code, asked["passed"], asked["mandatory"])
    assert "http://127.0.0.1:9/api" in asked["detail"]


@pytest.mark.parametrize("words", REPORTS, ids=" ".join)
def test_an_unknown_setting_stops_every_command(commands, words):
    """A mistyped setting is a usage error everywhere, with the nearest known name."""
    commands.home.mkdir()
    (commands.home / "autoclave.toml").write_text("[run]\nworker = 3\n")
    ended = commands(*words)

    assert (2, "") == (ended.code, ended.out)
    assert "did you mean 'workers'?" in ended.err
