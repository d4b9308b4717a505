from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.digest import digest_of
from custody.errors import PolicyError
from custody.fate import VERDICT_ACTIONS
from custody.lifecycle import Action
from custody.outcome import Coverage
from custody.people import Role
from custody.verdict import Verdict
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.rulings import HOLD_ALL
from sanitizers.policy_file import FOLDER, LOOSENINGS, built_in_names, parse_policy, read_policy
from sanitizers.registry import BUILT_IN
from sanitizers.understood import UNDERSTOOD

STRICT = (FOLDER / "strict.toml").read_text()
REQUIRED = next(line for line in STRICT.splitlines() if line.startswith("required = "))


def changed(old: str, new: str) -> bytes:
    """Return the strict policy with one thing changed."""
    assert old in STRICT
    return STRICT.replace(old, new).encode()


def test_three_policies_come_with_autoclave() -> None:
    """The policies that come with Autoclave are read by their names."""
    assert built_in_names() == ("clinical-urgent", "demo", "strict")
    assert [read_policy(name).name for name in built_in_names()] == list(built_in_names())


def test_the_urgent_policy_as_shipped_loosens_nothing() -> None:
    """One person can name it in the settings: what it loosens takes two."""
    urgent, strict = read_policy("clinical-urgent"), read_policy("strict")
    assert urgent.derogations == ()
    assert replace(urgent, name=strict.name, digest=strict.digest) == strict


DEROGATION = """
[[derogations]]
name = "films"
asked_by = "radiology"
reason = "urgent"
until = 2026-12-24
scanner = "policy"
rule = "coverage-not-accepted"
service = "radiology"
media_type = "image/*"
folder = "/films"
"""


def test_a_derogation_is_read_word_for_word() -> None:
    """Who, until when and what stand as they were written, and hold to the end of the day."""
    (found,) = parse_policy((STRICT + DEROGATION).encode()).derogations
    assert ("films", "radiology") == (found.name, found.asked_by)
    assert datetime(2026, 12, 25, tzinfo=UTC) == found.end


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("until = 2026-12-24", "until = 2026-12-24T00:00:00", "not a date"),
        ("until = 2026-12-24", 'until = "soon"', "not a date"),
        ("until = 2026-12-24\n", "", "says nothing about derogations\\[0\\].until"),
        ('service = "radiology"', 'service = ""', "not a text"),
        ('reason = "urgent"', 'reason = "a\\nb"', "one printable line"),
        ('folder = "/films"', 'folder = "/films"\nscope = "all"', "unknown key"),
    ],
)
def test_a_derogation_that_is_not_named_dated_and_bounded_is_refused(old, new, match) -> None:
    """No derogation without an end, a service, a reason in one line."""
    with pytest.raises(PolicyError, match=match):
        parse_policy((STRICT + DEROGATION.replace(old, new)).encode())


SERVICES = """
[[disarm.services]]
service = "radiology"
media_type = "application/pdf"
switches = ["disarm", "keep-links"]
"""


def test_what_is_disarmed_is_read_word_for_word() -> None:
    """By service and type, then by type, then all others; a DICOM file is held as shipped."""
    rulings = parse_policy((STRICT + SERVICES).encode()).disarm
    assert rulings.on("application/pdf", "radiology") == {Switch.KEEP_LINKS}
    assert rulings.on("application/pdf", "biology") == frozenset()
    assert rulings.on("application/dicom", "radiology") is None


def test_no_shipped_policy_leaves_bad_parts_out() -> None:
    """Malice is looked at by a person, until two people approve a policy that says otherwise."""
    for name in built_in_names():
        rulings = read_policy(name).disarm.rulings
        assert not any(Switch.LEAVE_OUT in (r.switches or frozenset()) for r in rulings)


def test_a_policy_may_leave_bad_parts_out_and_keep_links() -> None:
    """One says what becomes of parts, the other of documents."""
    text = STRICT.replace('default = ["disarm"]', 'default = ["disarm", "leave-out", "keep-links"]')
    rulings = parse_policy(text.encode()).disarm
    assert rulings.on("application/zip", "any") == {Switch.LEAVE_OUT, Switch.KEEP_LINKS}


def test_a_policy_without_a_word_disarms_nothing() -> None:
    """One that was approved before there was any disarming keeps its meaning."""
    before, rest = STRICT.split("[disarm]")
    after = rest[rest.index("[people]") :]
    assert parse_policy((before + after).encode()).disarm == HOLD_ALL


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ('default = ["disarm"]', 'default = ["remove"]', "disarm.default .*it has remove"),
        ('default = ["disarm"]', "default = []", "disarm.default is not a list"),
        ('default = ["disarm"]', 'default = ["disarm", "hold"]', "either hold alone"),
        ('default = ["disarm"]', 'default = ["keep-links"]', "disarm with what is asked"),
        ('default = ["disarm"]', 'default = ["disarm", "pixels"]', "only application/pdf"),
        ('default = ["disarm"]\n', "", "says nothing about disarm.default"),
        ('"keep-links"]', '"keep-links", "pixels"]', "free of contradiction"),
        ('service = "radiology"', 'service = ""', "service is not a text"),
        ('service = "radiology"', 'site = "radiology"', "says nothing about .*service"),
        ("[disarm.types]", "[disarm.type]", "unknown key disarm.type.*did you mean types"),
    ],
)
def test_disarming_that_nobody_can_mean_is_refused(old, new, match) -> None:
    """The message names the key, and what may stand there."""
    text = STRICT + SERVICES
    assert old in text
    with pytest.raises(PolicyError, match=match):
        parse_policy(text.replace(old, new).encode())


def test_two_derogations_of_one_name_are_refused() -> None:
    """Status and certificates tell them by their names."""
    with pytest.raises(PolicyError, match="two derogations called films"):
        parse_policy((STRICT + DEROGATION * 2).encode())


# A mail store is taken apart so that what is in it is judged and shown; as long as no sound one can
# be built for tests, none comes back whole by itself.
HELD_WHOLE = {
    *("application/vnd.ms-outlook-pst", "image/heic", "image/avif"),
    *("image/webp", "font/woff2"),  # noise in what is packed there cannot be told
}


def test_every_understood_type_is_promotable() -> None:
    """What the scanners can read whole is what the policies list: nothing honest is forgotten."""
    for name in built_in_names():
        policy = read_policy(name)
        held = {media_type for media_type in UNDERSTOOD if not policy.promotes(media_type)}
        assert HELD_WHOLE == held


def test_nothing_unread_is_promotable() -> None:
    """Databases, scripts and unknown bytes are promotable under no policy."""
    unread = (
        "application/octet-stream",
        "application/x-msaccess",
        "application/x-ole-storage",
        "application/x-lzip",
        "text/javascript",
        "application/x-mimearchive",
        "application/hta",
        "",
    )
    policies = [read_policy(name) for name in built_in_names()]
    assert [t for t in unread for policy in policies if policy.promotes(t)] == []


def test_only_strict_seals_restore_sets() -> None:
    """What was judged for a demonstration can never be sealed."""
    assert read_policy("strict").seals is True
    assert read_policy("demo").seals is False


def test_demo_demands_as_much_as_strict() -> None:
    """A demonstration shows the real demands: no check is left out of it."""
    demo, strict = read_policy("demo"), read_policy("strict")
    assert demo.required == strict.required
    assert demo.promotable == strict.promotable
    assert demo.packs == strict.packs


def test_the_digest_is_over_the_exact_bytes() -> None:
    """A comment changes the digest: a verdict names the very file that people read and signed."""
    policy = parse_policy(STRICT.encode())
    assert policy.digest == digest_of(STRICT.encode())
    assert policy.digest != parse_policy(STRICT.encode() + b"# note\n").digest


def test_strict_requires_every_scanner_and_leaves_the_default_fates() -> None:
    """The default policy demands all scanners and the fates of the design."""
    strict = read_policy("strict")
    others = {"yara_rules", "archives", "records"}
    assert strict.scanners == {scanner.name for scanner in BUILT_IN} | others
    assert dict(strict.actions) == VERDICT_ACTIONS
    assert set(strict.people) == set(LOOSENINGS)


def test_coverage_is_read_by_type() -> None:
    """A type may have a coverage of its own, every other has the default."""
    strict = read_policy("strict")
    assert strict.accepted_coverages("text/csv") == {Coverage.WHOLE, Coverage.WINDOWED}
    assert strict.accepted_coverages("application/pdf") == {Coverage.WHOLE}


def test_a_fate_can_be_made_stricter() -> None:
    """A policy may hold what the default refuses."""
    policy = parse_policy(changed('prohibited = "refused"', 'prohibited = "held"'))
    assert policy.actions[Verdict.PROHIBITED] is Action.HOLD


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[alarms]", "[alarm]", "alarms"),
        ('name = "strict"', 'nam = "strict"', "name"),
        ("greatest_age_days = 0", "greatest_age = 0", "greatest_age_days"),
        ("least_rules = 20\nnewest", "least_rule = 20\nnewest", "least_rules"),
        ("window_hours = 48", "window_hours = 48\nwindow_hour = 2", "window_hours"),
        ("waiver = 2\nuns", "waiver = 2\nwaivers = 2\nuns", "waiver"),
        ("[coverage.types]", "[coverage.type]", "types"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_name(
    old: str, new: str, said: str
) -> None:
    """A slip of the pen never weakens a policy in silence, and the error names the cure."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(old, new))
    assert said in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("waiver = 2\nuns", "waiver = 1\nuns"),
        ("policy = 2", "policy = true"),
        ("least_rules = 20\nnewest", "least_rules = 0\nnewest"),
        ('malicious = "held"', 'malicious = "promoted"'),
        ('malicious = "held"', 'clean = "held"'),
        ('malicious = "held"', 'evil = "held"'),
        ('default = ["whole"]', 'default = ["most"]'),
        ('default = ["whole"]', "default = []"),
        ("seals_restore_sets = true", 'seals_restore_sets = "yes"'),
        ("encrypted_percent = 10", "encrypted_percent = 101"),
        ('name = "strict"', 'name = " "'),
        (REQUIRED, "required = []"),
        ("[[rules.packs]]", "[rules.packs]"),
    ],
)
def test_a_value_out_of_range_is_refused(old: str, new: str) -> None:
    """No policy asks for one person, no scanner, no rule, or a promotion of what is condemned."""
    with pytest.raises(PolicyError):
        parse_policy(changed(old, new))


def test_a_missing_file_says_which_policies_there_are() -> None:
    """The error about a policy that is not there lists those that are."""
    with pytest.raises(PolicyError, match="demo, strict"):
        read_policy("strickt")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_by_name(content: bytes) -> None:
    """Whatever the bytes are, the reader raises its own error and no other."""
    with pytest.raises(PolicyError):
        parse_policy(content)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(STRICT) - 1), st.integers(1, 40))
def test_a_policy_with_a_hole_is_read_or_refused(start: int, length: int) -> None:
    """A policy with some characters missing either reads as a whole policy or is refused."""
    with suppress(PolicyError):
        policy = parse_policy((STRICT[:start] + STRICT[start + length :]).encode())
        assert policy.scanners
        assert min(policy.people.values()) >= 2


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("signatures = 1", "from 2"),
        ('attack_roles = ["engineer"]', "roles that may decide"),
        ('attack_roles = ["nobody"]', "cannot be nobody"),
        ("attack_roles = []", "not empty"),
        ("days = 0", "from 1"),
        ("sealed = true", "unknown key restore.sealed"),
    ],
)
def test_who_signs_a_restore_set_is_never_said_loosely(words, fault):
    """One person never opens a set, and only roles that decide sign for it."""
    text = (FOLDER / "strict.toml").read_text()
    key = words.partition(" ")[0]
    lines = [line for line in text.splitlines() if not line.startswith(f"{key} = ")]
    at = lines.index("[restore]")
    changed = "\n".join([*lines[: at + 1], words, *lines[at + 1 :]])

    with pytest.raises(PolicyError, match=fault):
        parse_policy(changed.encode())


def test_a_policy_without_a_word_about_sets_asks_for_the_most():
    """Two signatures, and the authority's after an attack."""
    text = (FOLDER / "strict.toml").read_text().partition("[restore]")[0]

    rules = parse_policy(text.encode()).restore

    assert (2, frozenset({Role.AUTHORITY})) == (rules.signatures, rules.attack_roles)
