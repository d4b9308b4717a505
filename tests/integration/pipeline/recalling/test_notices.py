"""People outside are told of recalls, by numbers alone; a failure is recorded and fails nothing."""

import json
from dataclasses import replace

import pytest

from audit.event import EventType
from audit.history import History
from custody.digest import digest_of
from custody.errors import SettingsError
from pipeline import notices
from pipeline.deciding.recall import Asked, recall
from pipeline.notices import RECALL, WAITS, Notice, notify, read_addresses
from pipeline.proving.verify import verify
from pipeline.settings import NoticesSettings, RecallSettings
from tests.corpus.homes import a_person
from tests.corpus.outsiders import answering

DIGEST = digest_of(b"the first report\n" * 8)
NOTICE = Notice(kind=RECALL, subject="01a2", numbers={"artefacts": 3, "sets": 1, "deliveries": 0})


def addressed(runtime, tmp_path, *lines, mode=0o600):
    """The home with a file of addresses."""
    path = tmp_path / "addresses"
    path.write_text("\n".join(["# the ward's webhook", *lines, ""]))
    path.chmod(mode)
    settings = replace(runtime.settings, notices=NoticesSettings(addresses=str(path)))
    return replace(runtime, settings=settings)


def recorded(runtime):
    """What the ledger says of notices: type, subject and body."""
    found = History(runtime.audit, runtime.ledger.key).events()
    about = {EventType.NOTICE_SENT.value, EventType.NOTICE_FAILED.value}
    return [(e["type"], e["subject"], e["body"]) for e in found if e["type"] in about]


def test_everybody_who_is_named_is_told(runtime, tmp_path):
    """By a real webhook; what arrives has ids and numbers, in two languages."""
    arrived = []

    def take(_path, body):
        arrived.append(json.loads(body))
        return 200, b""

    with answering(take) as url:
        notify(addressed(runtime, tmp_path, url.replace("http://", "json://")), NOTICE)

    [said] = arrived
    assert runtime.ledger.origin in said["title"]
    assert "artefacts 3, sets 1, deliveries 0" in said["message"]
    assert "01a2" in said["message"]
    assert "retiré" in said["message"]
    [(kind, subject, body)] = recorded(runtime)
    assert (EventType.NOTICE_SENT.value, {"notice": "01a2"}) == (kind, subject)
    assert {"about": "recall", "sent": 1, "failed": 0, "reason": ""} == body


def test_what_fails_is_recorded_without_an_address(runtime, tmp_path):
    """Nobody listens there, or the address is none: nothing is raised."""
    home = addressed(runtime, tmp_path, "json://127.0.0.1:9/token-abc", "no-address")

    notify(home, NOTICE)

    [(kind, _, body)] = recorded(runtime)
    assert (EventType.NOTICE_FAILED.value, 0, 2) == (kind, body["sent"], body["failed"])
    assert "not every address takes it" == body["reason"]
    assert "token-abc" not in json.dumps(body)


def test_a_process_that_dies_or_hangs_is_a_failure_that_is_recorded(runtime, tmp_path, monkeypatch):
    """Whatever it wrote until then."""
    home = addressed(runtime, tmp_path, "json://127.0.0.1:9")
    for name, reason in (
        ("json.tool", "the sending process ended with"),
        ("no.such.module", "the sending process ended with"),
    ):
        monkeypatch.setattr(notices, "SENDING", name)
        notify(home, NOTICE)
        assert recorded(runtime)[-1][2]["reason"].startswith(reason)
    monkeypatch.setattr(notices, "SECONDS", 0)
    notify(home, NOTICE)
    assert "did not end" in recorded(runtime)[-1][2]["reason"]


def test_addresses_are_private_and_nobody_is_told_without_them(runtime, tmp_path):
    """A file that others may read, that is missing, or names nobody, is a failure that says so."""
    notify(runtime, NOTICE)
    assert [] == recorded(runtime)
    notify(addressed(runtime, tmp_path, "json://127.0.0.1:9", mode=0o644), NOTICE)
    notify(addressed(runtime, tmp_path), replace(NOTICE, kind=WAITS))
    assert 2 == len(recorded(runtime))
    assert "read by others" in recorded(runtime)[0][2]["reason"]
    assert "names 0 addresses" in recorded(runtime)[1][2]["reason"]
    with pytest.raises(SettingsError, match="cannot be read"):
        read_addresses(tmp_path / "missing")


def test_a_recall_is_told_and_never_fails_for_it(runtime, tmp_path):
    """Nobody listens: what waits for a second person and what is withdrawn stand all the same."""
    people = [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]
    home = addressed(runtime, tmp_path, "json://127.0.0.1:9")
    asked = replace(home.settings, recall=RecallSettings(percent=1, least=1))
    home = replace(home, settings=asked)

    assert "" == recall(home, Asked(digest=DIGEST), people[0]).recall_id
    done = recall(home, Asked(digest=DIGEST), people[1])

    assert done.recall_id
    failed = EventType.NOTICE_FAILED.value
    assert [(failed, WAITS), (failed, RECALL)] == [(k, b["about"]) for k, _, b in recorded(home)]
    assert {"notice": done.recall_id} == recorded(home)[1][1]
    assert () == verify(runtime, deep=True).faults
