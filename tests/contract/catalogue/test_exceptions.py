from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import exceptions
from catalogue.exceptions import StoredException
from custody.digest import digest_of
from custody.exception import (
    Derogation,
    Granted,
    NameWaiver,
    Subject,
    UnscannedWaiver,
    Waiver,
    in_force,
)
from custody.finding import Finding, FindingKind, Severity
from tests.corpus.catalogue_rows import MINUTE, NOON

CONTENT = digest_of(b"content")
OTHER = digest_of(b"other")
GRANTED = Granted(people=("anna", "boris"), reason="ticket 12", start=NOON, end=NOON + 60 * MINUTE)
WAIVER = Waiver(digest=CONTENT, scanner="yara", rule="LockBit", granted=GRANTED)
UNSCANNED = UnscannedWaiver(digest=CONTENT, scanner="yara", granted=GRANTED)
DEROGATION = Derogation(
    media_type="application/vnd.ms-excel*",
    path_prefix=b"compta/\xff/",
    service="finance",
    scanner="active_content",
    rule="macro",
    granted=GRANTED,
)
NAME = NameWaiver(name_key="00ff", rule="double-extension", granted=GRANTED)
ALL = (WAIVER, UNSCANNED, DEROGATION, NAME)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
digests = st.binary(max_size=4).map(digest_of)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis wants naive bounds


def same_person(name):
    """What two spellings of one person's name have in common."""
    return name.strip().casefold()


@st.composite
def grants(draw):
    """Any two people, reason and end."""
    people = st.lists(texts.filter(str.strip), min_size=2, max_size=2, unique_by=same_person)
    pair = draw(people)
    start = draw(moments)
    length = draw(st.integers(min_value=1, max_value=10**15))
    return Granted(
        people=(pair[0], pair[1]),
        reason=draw(texts.filter(str.strip)),
        start=start,
        end=start + timedelta(microseconds=length),
    )


any_exception = st.one_of(
    st.builds(Waiver, digest=digests, scanner=texts, rule=texts, granted=grants()),
    st.builds(UnscannedWaiver, digest=digests, scanner=texts, granted=grants()),
    st.builds(
        Derogation,
        media_type=texts,
        path_prefix=st.binary(max_size=12),
        service=texts,
        scanner=texts,
        rule=texts,
        granted=grants(),
    ),
    st.builds(NameWaiver, name_key=texts, rule=texts, granted=grants()),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(exception=any_exception)
def test_every_exception_comes_back_as_it_was_granted(catalogue, exception):
    """All four kinds survive with their people, reason, scope and moments."""
    with catalogue.write() as connection:
        connection.exec_driver_sql("DELETE FROM exceptions")
        exceptions.add(connection, "x", exception)
        stored = [StoredException(exception_id="x", exception=exception)]
        assert stored == exceptions.all_exceptions(connection)


@pytest.fixture
def granting(writing):
    """A catalogue with one exception of each kind."""
    for number, exception in enumerate(ALL):
        exceptions.add(writing, f"exception-{number}", exception)
    return writing


def test_the_candidates_of_a_content_are_its_own_and_the_classes(granting):
    """Another content gets the derogations and name waivers only."""
    assert set(ALL) == set(exceptions.candidates(granting, [CONTENT, OTHER], NOON))
    assert {DEROGATION, NAME} == set(exceptions.candidates(granting, [OTHER], NOON))
    assert {DEROGATION, NAME} == set(exceptions.candidates(granting, [], NOON))


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (GRANTED.start - MINUTE, 0),
        (GRANTED.start, 4),
        (GRANTED.end - MINUTE, 4),
        (GRANTED.end, 0),
    ],
)
def test_what_has_ended_or_not_begun_is_no_candidate(granting, now, count):
    """An exception is handed over from its start until just before its end, and stays on record."""
    assert count == len(exceptions.candidates(granting, [CONTENT], now))
    assert len(ALL) == len(exceptions.all_exceptions(granting))


def test_candidates_are_what_judging_needs(granting):
    """From the catalogue's candidates `in_force` waives exactly what was granted."""
    subject = Subject(
        digest=CONTENT,
        name_key="00ff",
        path=b"compta/\xff/a.xls",
        service="finance",
        media_type="application/vnd.ms-excel",
    )
    found = exceptions.candidates(granting, [CONTENT], NOON)

    allowed = in_force(found, subject, NOON)

    macro = Finding(
        scanner="active_content",
        rule="macro",
        kind=FindingKind.ACTIVE,
        severity=Severity.SUSPICIOUS,
    )
    assert allowed.waive(macro)
    assert allowed.excuse("yara")
    assert not allowed.excuse("types")
