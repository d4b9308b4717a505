"""The small values: digests, entries, sources, profiles, people, artefacts and the box."""

import dataclasses
import hashlib
import importlib
import inspect
import pkgutil
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

import custody
from custody.artefact import Artefact, Derivation, Derived
from custody.box import Answer, Failure, FailureCode, Job, Lane, OpenFile, Program
from custody.digest import EMPTY, digest_of, parse_digest
from custody.entry import EXPECTED_REASONS, KIND_REASONS, EntryKind, NotTakenReason
from custody.people import MAY_DECIDE, Person, Role
from custody.profile import Profile
from custody.source import FilesystemIdentity, ServiceGlob, Source

MODULES = [
    importlib.import_module(f"custody.{found.name}")
    for found in pkgutil.iter_modules(custody.__path__)
]
CLASSES = [
    cls
    for module in MODULES
    for _, cls in inspect.getmembers(module, inspect.isclass)
    if cls.__module__ == module.__name__
]
PROFILE = Profile(
    scanners={"yara_rules": "1", "integrity": "1"},
    rule_packs={"core": "00"},
    limits={"depth": 6},
    sandboxed=True,
)


@pytest.mark.parametrize(
    "cls", [c for c in CLASSES if dataclasses.is_dataclass(c)], ids=lambda c: c.__name__
)
def test_every_value_is_frozen_and_slotted(cls):
    """A value between stages cannot be changed or grow."""
    assert cls.__dataclass_params__.frozen
    assert "__slots__" in vars(cls)
    assert all(field.kw_only for field in dataclasses.fields(cls))


@pytest.mark.parametrize(
    "cls", [c for c in CLASSES if issubclass(c, Enum)], ids=lambda c: c.__name__
)
def test_every_enum_has_distinct_values(cls):
    """No two members share a value, so none is a silent alias."""
    assert len(cls.__members__) == len({member.value for member in cls})


@given(st.binary(max_size=100))
def test_a_digest_is_the_sha256_and_parses(content):
    """A digest is written as 64 lower-case hexadecimal characters."""
    digest = digest_of(content)

    assert hashlib.sha256(content).hexdigest() == digest
    assert digest == parse_digest(digest) == digest_of(memoryview(content))


@pytest.mark.parametrize(
    "text", ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 63 + "\n", "\u0660" * 64, " " * 64]
)
def test_what_is_no_digest_is_refused(text):
    """Length, case, alphabet: foreign digits and line ends too."""
    with pytest.raises(ValueError, match="64 lower-case"):
        parse_digest(text)


def test_the_empty_digest_is_of_no_bytes():
    """A well-known value."""
    assert digest_of(b"") == EMPTY


def test_every_kind_but_files_has_a_reason_for_not_being_taken():
    """Only files have content; everything else is named."""
    assert set(EntryKind) - {EntryKind.FILE} == set(KIND_REASONS)


def test_only_entries_without_content_are_expected():
    """Unreadable, vanished and changed entries spoil a source."""
    assert {NotTakenReason.UNREADABLE, NotTakenReason.VANISHED, NotTakenReason.CHANGED} == {
        reason for reason in NotTakenReason if not reason.expected
    }
    assert {r for r in NotTakenReason if r.expected} == EXPECTED_REASONS


def source(*globs: ServiceGlob) -> Source:
    """A source of the radiology with service patterns."""
    return Source(
        source_id="s1",
        case="c1",
        site="north",
        host="srv1",
        service="radiology",
        location=b"/mnt/srv1",
        identity=FilesystemIdentity(filesystem="ext4", root=2),
        service_globs=globs,
    )


def test_the_first_matching_pattern_names_the_service():
    """Patterns are tried in order; without a match the source's own service stands."""
    registered = source(
        ServiceGlob(pattern="lab/*", service="biology"), ServiceGlob(pattern="*", service="other")
    )

    assert "biology" == registered.service_of(b"lab/2025/a.csv")
    assert "other" == registered.service_of(b"letters/a.pdf")
    assert "radiology" == source().service_of(b"lab/2025/a.csv")


@given(st.binary(max_size=20))
def test_every_path_has_a_service(path):
    """Paths that are no UTF-8 are matched as well."""
    registered = source(ServiceGlob(pattern="lab/*", service="biology"))

    assert ("biology" if path.startswith(b"lab/") else "radiology") == registered.service_of(path)


def test_an_identity_is_readable():
    """Two images at one place can be told apart by a person."""
    assert "ext4:2" == str(FilesystemIdentity(filesystem="ext4", root=2))


def test_a_profile_s_digest_does_not_depend_on_order():
    """The same instruments in another order are the same profile."""
    turned = dataclasses.replace(PROFILE, scanners=dict(reversed(PROFILE.scanners.items())))

    assert PROFILE.digest == turned.digest == digest_of(PROFILE.encode())


@pytest.mark.parametrize(
    "changes",
    [
        {"scanners": {"yara_rules": "2", "integrity": "1"}},
        {"scanners": {"yara_rules": "1"}},
        {"rule_packs": {"core": "01"}},
        {"limits": {"depth": 7}},
        {"sandboxed": False},
    ],
    ids=str,
)
def test_a_profile_s_digest_tells_instruments_apart(changes):
    """A version, a pack, a limit or the missing box is another profile."""
    assert PROFILE.digest != dataclasses.replace(PROFILE, **changes).digest


def test_engineers_and_auditors_do_not_decide():
    """Who pulls the data or checks the books does not open the gate."""
    decide = {r for r in Role if Person(name="A", role=r, public_key="k").may_decide}

    assert set(Role) - {Role.ENGINEER, Role.AUDITOR} == decide
    assert decide == MAY_DECIDE


def test_a_derived_artefact_names_its_original():
    """Content made from other content says from which and how."""
    member = Derived(
        artefact=Artefact(digest=digest_of(b"member"), size=6),
        derived_from=digest_of(b"archive"),
        how=Derivation.MEMBER,
        ordinal=0,
    )

    assert (digest_of(b"archive"), Derivation.MEMBER) == (member.derived_from, member.how)


def test_a_job_may_produce_nothing_unless_it_is_allowed_to():
    """The limit of what a program emits starts at zero, its time is bounded."""
    job = Job(program="p", content=OpenFile(descriptor=3, offset=0, length=10))

    assert (0, 60.0, {}) == (job.produce_limit, job.seconds, job.params)


def test_a_failure_is_no_answer():
    """The two replies are told apart by their type, and a failure needs its code."""
    failure = Failure(code=FailureCode.CRASHED)

    assert not isinstance(failure, Answer)
    with pytest.raises(TypeError):
        Failure()


def test_programs_do_not_share_their_parameters():
    """Two programs without parameters do not share one dictionary."""
    first, second = (
        Program(name=name, factory="module:make", lane=Lane.FORKED) for name in ("a", "b")
    )

    assert first.params == second.params
    assert first.params is not second.params
