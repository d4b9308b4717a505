"""The pages of a certificate say everything in the words of their language, and times as read."""

import re

import pytest

from cleanzone.certificate import WORDS, render
from cleanzone.rendering import moment
from custody.digest import digest_of
from custody.fate import Fate
from custody.people import Role

DIGEST = digest_of(b"certificate")
AT = "2026-11-29T17:00:00.123456Z"
CERTIFICATE = {
    "set": "s1",
    "case": "c1",
    "kind": "attack",
    "service": "",
    "host": "",
    "paths": "all",
    "intrusion": AT,
    "cut_off": None,
    "sealed_at": AT,
    "sealed_by": "anna",
    "opened_at": AT,
    "until": AT,
    "files": 5,
    "urgent": True,
    "countersign_by": AT,
    "plan": {"not_restored": {"lost": 2}, "missing": 1, "no_reference": [], "marks": {}},
    "withdrawn": [{"digest": DIGEST, "why": "rejected"}, {"digest": DIGEST, "why": "recall 01K"}],
    "data_as_of": [{"source": "s", "host": "h", "snapshot": AT, "decryptor": None}],
    "equation": [
        {"source": "s", "listed": 36, "fates": {f.value: 4 for f in Fate}, "unexplained": 0}
    ],
    "policy": {"name": "strict", "digest": DIGEST},
    "required_scanners": ["yara"],
    "not_whole": [],
    "rules": [],
    "exceptions": [
        {
            "scanner": "yara",
            "rule": "r",
            "people": ["anna", "bert"],
            "reason": "why",
            "until": AT,
            "in_force": True,
        }
    ],
    "derogations": [],
    "signatures": [
        {"person": "anna", "role": role.value, "key": "k", "reason": "why"} for role in Role
    ],
    "ledger": {"origin": "o", "size": 3, "root": DIGEST, "key": "11"},
    "sealed_on": {"kind": "paper", "by": "anna", "at": AT, "size": 2},
    "anchors": [],
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("4 promoted", "4 set aside", "data owner", "recall 01K", "rejected by a person")),
        ("fr", ("4 promus", "4 mis de côté", "responsable des données", "rappel 01K")),
    ],
)
def test_fates_roles_and_reasons_are_in_the_language_of_the_page(language, words):
    """No word of the catalogue stands on a page."""
    page = render(CERTIFICATE, language, DIGEST)

    assert [] == [word for word in words if word not in page]
    assert "set_aside" not in page
    assert [] == [
        (fate, role)
        for fate in Fate
        for role in Role
        if WORDS[language][f"fate_{fate.value}"] not in page
        or WORDS[language][f"role_{role.value}"] not in page
    ]


@pytest.mark.parametrize("language", WORDS)
def test_times_are_to_the_second(language):
    """Nobody signs for a microsecond."""
    page = render(CERTIFICATE, language, DIGEST)

    assert 8 == page.count("2026-11-29 17:00:00 UTC")
    assert [] == re.findall(r"\d\.\d{6}|T\d\d:", page)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("2026-11-29T17:00:00+01:00", "2026-11-29 16:00:00 UTC"),
        ("2026-11-29", "2026-11-29"),
        ("not known", "not known"),
        (None, None),
    ],
)
def test_what_is_no_time_is_shown_as_it_is(told, shown):
    """A day has no hour, and a word is a word."""
    assert shown == moment(told)
