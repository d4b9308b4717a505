"""What a person finds: the queue, the reasons, and nothing that acts on the page."""

import re

import pytest
import sqlalchemy as sa

from audit.event import EventType
from catalogue import people as people_rows
from catalogue import tables
from catalogue.shards import Step
from console.words import WORDS
from custody.digest import digest_of
from pipeline.because import explain_content
from pipeline.paragraph import paragraph
from pipeline.recording import Recorder
from tests.integration.console.conftest import CHEAP, EICAR, PASSWORD, Browser

VIRUS = digest_of(EICAR)
HOSTILE_VIRUS = digest_of(EICAR + b" ")
READ_ONLY = ("/runs", "/rules", "/sets", "/recalls", "/audit", "/policies", "/people")
PAGES = (
    *("/", "/queue", f"/artefact/{HOSTILE_VIRUS}", "/queue?host=%3Cscript%3E%E2%80%AE"),
    *READ_ONLY,
)


def test_a_person_logs_in_and_the_session_begins_anew(browser):
    """The token that a stranger could have planted is not the one of the session."""
    browser.get("/login")
    before = browser.client.cookies["autoclave_session"]
    answer = browser.login("ana")
    cookie = answer.headers["set-cookie"]

    assert (303, "/") == (answer.status_code, answer.headers["location"])
    assert before != browser.client.cookies["autoclave_session"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/"))
    assert 200 == browser.get("/").status_code


@pytest.mark.parametrize(("name", "password"), [("ana", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_login_says_no_more_than_that(browser, name, password):
    """A name that nobody has and a wrong password read the same."""
    answer = browser.login(name, password)

    assert 401 == answer.status_code
    assert WORDS["en"]["wrong_login"] in answer.text
    assert 303 == browser.get("/queue").status_code


def test_too_many_wrong_passwords_are_not_looked_at(deciding):
    """After ten the right one does not open either, until the window is over."""
    browser = Browser(deciding)
    answers = [browser.login("ana", "wrong").status_code for _ in range(10)]

    assert [401] * 10 == answers
    assert 429 == browser.login("ana").status_code
    assert 303 == Browser(deciding).login("ben").status_code


def test_who_is_revoked_is_out_at_once(as_person, deciding):
    """The session of a person whose key counts no more ends with the next request."""
    ana = as_person("ana")
    with deciding.runtime.catalogue.write() as connection:
        people_rows.revoke(connection, "ana", deciding.runtime.clock())

    assert 303 == ana.get("/queue").status_code
    assert 401 == Browser(deciding).login("ana").status_code


def test_a_new_password_ends_the_sessions_of_the_old_one(as_person, deciding):
    """Who stole a session is out when the person gets another password; others stay."""
    ana, eva, accounts = as_person("ana"), as_person("is-auditor"), deciding.accounts
    with deciding.runtime.catalogue.read() as connection:
        person = people_rows.get(connection, "ana")
    accounts.give(person, f"{PASSWORD}, another", None, CHEAP)

    assert (303, "/login") == _told(ana.get("/queue"))
    assert (200, None) == _told(eva.get("/queue"))
    assert 401 == Browser(deciding).login("ana").status_code
    anew = Browser(deciding)
    assert 303 == anew.login("ana", f"{PASSWORD}, another").status_code
    assert (200, None) == _told(anew.get("/queue"))


def _told(answer):
    return answer.status_code, answer.headers.get("location")


def test_the_queue_groups_what_is_held(ana):
    """Held entries stand in groups of one verdict and reason; what is promoted is not there."""
    text = ana.get("/queue").text

    assert "What asks for a person: 3 entries" in text
    assert "in/virus.com" in text
    assert "clean.txt" not in text


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("verdict=malicious", 3),
        ("verdict=damaged", 0),
        ("host=pacs", 3),
        ("host=other", 0),
        ("service=radiology", 3),
        ("service=other", 0),
        ("path=in/", 2),
        ("path=in/virus.com", 1),
        ("path=in/nothing", 0),
        ("rule=no-rule", 0),
        ("media_type=no/type", 0),
    ],
)
def test_the_queue_is_filtered(ana, query, entries):
    """Each filter asks for what it names and nothing else."""
    assert f"person: {entries} entries" in ana.get(f"/queue?{query}").text


def test_a_reason_and_a_rule_find_what_they_are_about(ana):
    """The links of the groups and of the findings lead to the entries they count."""
    group = re.search(r'href="(/queue\?verdict=[^"]+reason=[^"]+)"', ana.get("/queue").text)[1]
    rule = re.search(r'href="(/queue\?rule=[^"]+)"', ana.get(f"/artefact/{VIRUS}").text)[1]

    assert "person: 0 entries" not in ana.get(group.replace("&amp;", "&")).text
    assert "in/virus.com" in ana.get(rule.replace("&amp;", "&")).text


@pytest.mark.parametrize("query", ["verdict=none", "after=x", "after=-1", "path=a%5C%5Cx%5C"])
def test_a_question_that_is_none_is_said_to_be(ana, query):
    """Wrong words are exit 2 on the command line, and 400 here."""
    assert 400 == ana.get(f"/queue?{query}").status_code


def test_the_page_of_an_artefact_explains_it(ana, shared):
    """The paragraph is that of `policy explain`, and each step has its event of the ledger."""
    text = ana.get(f"/artefact/{VIRUS}").text
    why = paragraph(explain_content(shared.runtime, VIRUS)[0])

    assert why in text.replace("&#39;", "'").replace("&#34;", '"')
    assert all(step in text for step in ("shard.inspected", "shard.assessed"))
    assert "promotion.done" not in text
    assert "X5O!" not in text


def test_looking_at_an_artefact_is_on_the_record_once(as_person, deciding):
    """Who looked at what is in the published ledger before the page is shown."""
    ana, ledger = as_person("ana"), deciding.runtime.ledger
    before = ledger.size
    pages = [ana.get(f"/artefact/{VIRUS}").status_code for _ in range(2)]

    assert [200, 200] == pages
    assert before + 1 == ledger.size


def test_a_step_whose_event_has_no_number_yet_is_shown_without_one(as_person, deciding):
    """During a run events wait to be numbered; the page of an artefact is not refused for it."""
    ana, runtime = as_person("ana"), deciding.runtime
    ana.get(f"/artefact/{VIRUS}")
    event = Recorder(runtime=runtime, case="", run_id="").event(EventType.SHARD_ASSESSED)
    manifest = tables.manifests.c
    of_step = sa.update(tables.manifests).where(manifest.step == Step.ASSESS.value)
    with runtime.catalogue.write() as connection:
        runtime.ledger.record(connection, event)
        connection.execute(of_step.values(event_id=event.event_id))
    answer = ana.get(f"/artefact/{VIRUS}")
    runtime.ledger.publish()
    numbered = ana.get(f"/artefact/{VIRUS}").text

    assert 200 == answer.status_code
    assert f'<td class="mono">{event.event_id}</td>' in answer.text
    assert f"· {event.event_id}</td>" in numbered


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("path", PAGES)
def test_hostile_names_do_nothing_on_any_page(ana, path, language):
    """No markup, no override of direction, no control byte, no broken text comes through."""
    ana.post("/language", language=language)
    answer = ana.get(path)
    text = answer.content.decode("utf-8")

    assert 200 == answer.status_code
    assert f'<html lang="{language}">' in text
    assert [] == re.findall(r"<script|\bon\w+=|style=|javascript:|https?://", text)
    assert [] == [c for c in text if not (c.isprintable() or c in "\n\u202f\u00a0")]


def test_the_hostile_name_is_shown_escaped(ana):
    """It is there, readable, and every hidden character of it has its number."""
    text = ana.get("/queue").text

    markup = "&lt;script&gt;alert(1)&lt;\u2215script&gt;"
    assert f"{markup}\\u202egnp.\\u001b[31m\\xff&#39;&#34;&amp;" in text


def test_an_unknown_artefact_is_no_page(ana):
    """What was never seen, and what is no digest."""
    assert [400, 400] == [ana.get(f"/artefact/{d}").status_code for d in ("0" * 64, "x")]


def test_who_only_looks_is_offered_no_decision(browser):
    """An auditor sees the reasons and no form to sign."""
    browser.login("is-auditor")
    text = browser.get(f"/artefact/{VIRUS}").text

    assert WORDS["en"]["may_not"] in text
    assert "/release" not in text
