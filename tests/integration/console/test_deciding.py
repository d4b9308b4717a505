"""Two people decide in the console, with the functions and the signatures of the command line."""

import re

from audit.sshsig import DECISION_NAMESPACE, verify
from catalogue import decisions, entries
from catalogue import people as people_rows
from console.words import WORDS
from custody.digest import digest_of
from custody.lifecycle import Stage
from pipeline.deciding import decisions as deciding_functions
from pipeline.deciding.signing import Signatory
from tests.integration.console.conftest import EICAR, PASSWORD

VIRUS = digest_of(EICAR)


def stages(console):
    """Where the entries of the virus stand."""
    with console.runtime.catalogue.read() as connection:
        return {e.stage for e in entries.by_digest(connection, VIRUS)}


def decided(console):
    """The decisions on the virus, oldest first."""
    with console.runtime.catalogue.read() as connection:
        return decisions.on(connection, VIRUS)


def test_two_people_find_understand_and_release(as_person, deciding):
    """The first signature waits, the same person's second is none, another's opens the gate."""
    ana, ben = as_person("ana"), as_person("ben")
    until = "2099-01-01"
    first = ana.decide(VIRUS, "release", until=until)
    assert f"/artefact/{VIRUS}?done=signed" == first.headers["location"]
    assert {Stage.HELD} == stages(deciding)

    again = ana.decide(VIRUS, "release", until=until, shown=_shown(ana))
    assert (403, True) == (again.status_code, WORDS["en"]["own_decision"] in again.text)

    assert WORDS["en"]["second_asked"] in ben.get("/queue").text
    assert until in ben.get(f"/artefact/{VIRUS}").text
    second = ben.decide(VIRUS, "release", until=until)
    assert f"/artefact/{VIRUS}?done=released" == second.headers["location"]
    assert {Stage.PROMOTED} == stages(deciding)
    assert ["ana", "ben"] == [d.decision.actor for d in decided(deciding)]


def test_a_decision_is_signed_by_the_registered_key(as_person, deciding):
    """What the console records verifies by the key that the person was registered with."""
    assert 303 == as_person("ana").decide(VIRUS, "reject").status_code
    made = decided(deciding)[0].decision
    with deciding.runtime.catalogue.read() as connection:
        person = people_rows.get(connection, "ana")
    verify(person.public_key, made.statement, DECISION_NAMESPACE, made.signature)

    assert {Stage.REJECTED} == stages(deciding)


def test_a_session_without_the_password_decides_nothing(as_person, deciding):
    """Who sits down at an open browser cannot sign, and is counted as at the login."""
    ana = as_person("ana")
    answers = [ana.decide(VIRUS, "reject", password="guessed").status_code for _ in range(2)]

    assert [403, 403] == answers
    assert ([], {Stage.HELD}) == (decided(deciding), stages(deciding))


def test_what_changed_since_it_was_shown_is_not_decided_on(as_person, deciding, recovered_home):
    """Another decision in between, in the console or on the command line, is a conflict."""
    ana = as_person("ana")
    shown = _shown(ana)
    key = recovered_home.home.parent / "ben"
    ben = Signatory(actor="ben", key=key, reason="on the command line")
    deciding_functions.reject(deciding.runtime, digest_of(EICAR + b"\n"), ben)
    assert shown == _shown(ana)

    deciding_functions.reject(deciding.runtime, VIRUS, ben)
    answer = ana.decide(VIRUS, "release", until="2099-01-01", shown=shown)

    assert 409 == answer.status_code
    assert "changed since it was shown" in answer.text
    assert ["ben"] == [d.decision.actor for d in decided(deciding)]


def test_a_decision_needs_a_reason_an_end_and_what_was_shown(as_person, deciding):
    """What is missing is named, and nothing is recorded."""
    ana = as_person("ana")
    path = f"/artefact/{VIRUS}"
    shown = _shown(ana)
    fields = {"password": PASSWORD, "shown": shown, "until": "2099-01-01"}
    answers = [
        ana.post(f"{path}/reject", reason=" ", **fields),
        ana.post(f"{path}/reject", reason="x", password=PASSWORD),
        ana.post(f"{path}/release", reason="x", **fields | {"until": "soon"}),
        ana.post(f"{path}/release", reason="x", **fields | {"until": "2001-01-01"}),
        ana.post(f"{path}/waive", reason="x", waived="no-check no-rule", **fields),
    ]

    assert [400] * 5 == [answer.status_code for answer in answers]
    assert [] == decided(deciding)


def test_two_people_waive_one_rule(as_person, deciding):
    """A waiver moves nothing; it is in force from the second signature on."""
    ana, ben = as_person("ana"), as_person("ben")
    page = ana.get(f"/artefact/{VIRUS}").text
    waived = re.search(r'<option value="([^"]+ [^"]+)">', page)[1]
    first = ana.decide(VIRUS, "waive", waived=waived, until="2099-01-01")
    own = ana.decide(VIRUS, "waive", waived=waived, until="2099-01-01")
    second = ben.decide(VIRUS, "waive", waived=waived, until="2099-01-01")

    assert [303, 403, 303] == [a.status_code for a in (first, own, second)]
    assert second.headers["location"].endswith("?done=waived")
    assert [True, True] == [d.effective for d in decided(deciding)]
    assert {Stage.HELD} == stages(deciding)


def test_an_account_without_a_key_is_told_where_to_sign(as_person, deciding):
    """It sees the command to sign with; a form that is sent all the same signs nothing."""
    with deciding.runtime.catalogue.read() as connection:
        person = people_rows.get(connection, "ana")
    deciding.accounts.give(person, PASSWORD, None)
    ana = as_person("ana")
    path = f"/artefact/{VIRUS}"

    assert f"autoclave release {VIRUS} --as ana" in ana.get(path).text
    fields = {"reason": "x", "password": PASSWORD, "shown": "y"}
    assert 403 == ana.post(f"{path}/reject", **fields).status_code
    assert [] == decided(deciding)


def _shown(browser):
    """The code of what the page of the virus shows, as its forms hand it back."""
    return browser.field(f"/artefact/{VIRUS}", "shown")
