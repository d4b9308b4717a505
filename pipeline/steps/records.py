"""Validates the records in a shard's contents, and cuts an extract where some are refused.

Accepted records become a content of their own, byte for byte, which is inspected and validated from
the start. Refused ones become another, which is never promoted, and beside it lies a list that says
of each why, without a value. All three lie in the vault.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from catalogue import inspections, records
from catalogue.expansions import Expansion
from catalogue.leases import Lease
from custody.artefact import Derivation, Location
from custody.box import Box, Job
from custody.digest import Digest, digest_of
from custody.outcome import Inspection
from custody.records import Validation, accepted_in, base_of
from pipeline.steps.declared import Declared
from pipeline.steps.expand import NamedPart
from pipeline.steps.extracts import NOTHING, Answered, Subjects, ToValidate, job_of, read_answer
from pipeline.steps.indexing import asks_whom
from pipeline.steps.instruments import Instruments
from pipeline.steps.made import inspect_made
from pipeline.steps.parts import Apart, PartsStore, Round, take_apart
from pipeline.steps.validated import Key, Validated
from pipeline.wiring import Runtime
from schemas.record_types import may_hold_records
from schemas.splitting import Span
from storage.interface import Spooled

CHUNK = 1 << 18
CONTRACT_GONE = "its contract is not known any more: declare it again"
UNREAD = Validation(schema="", counts=NOTHING)
CUTS = (Derivation.SPLIT, Derivation.REFUSED, Derivation.REASONS)
# Four numbers for each contract; the last one is the largest that a column of 32 bits holds.
FIRST_CUT, CONTRACT_DIGITS = 1 << 30, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A content that may hold records. Parts of archives are never cut: the archive stays whole.

    What `is_split` was cut out of an extract, which tells whom its records are about.
    """

    location: Location
    media_type: str
    contract: str = ""
    is_cut: bool = False
    is_split: bool = False

    @property
    def key(self) -> Key:
        """What its validation is known by."""
        return self.location.digest, self.contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a shard's records came to, what was cut out of its extracts, and whom they are about."""

    validated: Validated = field(default_factory=Validated)
    new: frozenset[Key] = frozenset()
    apart: Apart = field(default_factory=Apart)
    subjects: Mapping[Key, Subjects] = field(default_factory=dict)

    @property
    def fresh(self) -> dict[Key, Validation]:
        """The validations that the catalogue has not."""
        return {key: self.validated.validations[key] for key in self.new}


NOTHING_RECORDED = Recorded()


class RecordsStage:
    """Validates and cuts the extracts of one shard."""

    def __init__(
        self,
        runtime: Runtime,
        instruments: Instruments,
        declared: Declared,
        pause: Callable[[], None],
    ) -> None:
        self._runtime = runtime
        self._with = instruments
        self._declared = declared
        self._pause = pause
        self._today = runtime.ledger.now().date()
        self._asks_whom = asks_whom(runtime.settings.records)

    def work(self, lease: Lease, subjects: Sequence[Subject], name: str = "records") -> Recorded:
        """Return what the records of some contents came to; what is known is not asked again.

        What is cut is stored under a name of the shard that is used once.

        Raises:
            StoreError: the spool or the vault cannot be written.
            CanaryMissedError: a process of the box calls itself blind; this attempt is void.
        """
        with self._runtime.catalogue.read() as connection:
            digests = {subject.location.digest for subject in subjects}
            known = records.known(connection, digests, self._with.profile)
        asked = {s.key: s for s in subjects if s.key not in known}
        wanted = {k: s for k, s in asked.items() if self._is_readable(s.contract)}
        # Without its contract's text an extract is judged by nothing else instead.
        textless = dict.fromkeys(asked.keys() - wanted.keys(), CONTRACT_GONE)
        if not wanted:
            return Recorded(validated=Validated(validations=known, trouble=textless))
        done = self._judged(lease, wanted, known, name)
        return replace(
            done,
            validated=Validated(
                validations={**done.validated.validations, **known},
                trouble=textless | dict(done.validated.trouble),
            ),
        )

    def _judged(
        self,
        lease: Lease,
        wanted: Mapping[Key, Subject],
        known: Mapping[Key, Validation],
        name: str,
    ) -> Recorded:
        """Ask the box about extracts, cut them, and ask about what was cut."""
        with ExitStack() as opened:
            store = PartsStore(self._runtime)
            opened.callback(store.abandon)
            box = opened.enter_context(self._with.box.session())
            parts: dict[Key, tuple[Expansion, ...]] = {}
            answers: dict[Key, Answered] = {}
            about: dict[Key, Subjects] = {}
            for subject, answer in self._ask(box, list(wanted.values())):
                # What was found out is cut at once: of many extracts only the counts are kept.
                if self._tells_whom(subject):
                    about[subject.key] = answer.subjects
                parts[subject.key] = self._cut(subject, answer, store)
                answers[subject.key] = answer.counted
            located = store.store(f"{lease.run_id}-{lease.shard_id}-{lease.epoch}-{name}")
            splits = _splits(parts, located, wanted)
            inspected = inspect_made(
                self._runtime, self._with, box, [split.location for split in splits]
            )
            unknown = [split for split in splits if split.key not in known]
            again = {s.key: answer.counted for s, answer in self._ask(box, unknown)}
        answers = {**again, **answers}
        trouble = _unread(answers)
        trouble |= _troubled(parts, inspected, trouble)
        apart = self._apart(parts, located, inspected, trouble)
        # Of a cut that is not kept its accepted records are not known either.
        told = wanted.keys() | _cut_by(apart)
        made = {k: a.validation for k, a in answers.items() if k in told and k not in trouble}
        return Recorded(
            validated=Validated(validations=made, trouble=trouble),
            new=frozenset(made),
            apart=self._opened(lease, apart, f"{name}-parts"),
            subjects={key: about[key] for key in about if made.get(key, UNREAD).schema},
        )

    def _tells_whom(self, subject: Subject) -> bool:
        return self._asks_whom and not subject.is_split

    def _opened(self, lease: Lease, apart: Apart, name: str) -> Apart:
        """Take the accepted records apart too: documents in them are looked into as before."""
        rows = [each.part for own in apart.parts.values() for each in own]
        made = {r.derived for r in rows if r.how is Derivation.SPLIT and r.derived is not None}
        inner = take_apart(
            self._runtime,
            self._with,
            lease,
            located=apart.located,
            said={digest: apart.inspections[digest] for digest in made},
            pause=self._pause,
            this=Round(name=name),
        )
        return joined(apart, inner)

    def _is_readable(self, contract: str) -> bool:
        return not base_of(contract) or bool(self._declared.text_of(contract))

    def _ask(self, box: Box, subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Answered]]:
        """Yield what the box says of each; what needs a process to itself comes last."""
        left: list[Subject] = []
        for subject, answer in self._answers(box, subjects, native=False):
            if answer.forked:
                left.append(subject)
            else:
                yield subject, answer
        yield from self._answers(box, left, native=True)

    def _answers(
        self, box: Box, subjects: Sequence[Subject], *, native: bool
    ) -> Iterator[tuple[Subject, Answered]]:
        replies = box.run(self._jobs(subjects, native=native))
        for subject, reply in zip(subjects, replies, strict=True):
            yield subject, read_answer(reply, subject.location.size)

    def _jobs(self, subjects: Sequence[Subject], *, native: bool) -> Iterator[Job]:
        for subject in subjects:
            self._pause()
            at = subject.location
            with self._runtime.vault.open_for_inspection(at) as opened:
                extract = ToValidate(
                    content=opened.content,
                    size=at.size,
                    media_type=subject.media_type,
                    contract=self._declared.text_of(subject.contract),
                    native=native,
                    subjects=self._tells_whom(subject),
                    accepts=accepted_in(subject.contract),
                )
                yield job_of(extract, self._today)

    def _cut(self, subject: Subject, answer: Answered, store: PartsStore) -> tuple[Expansion, ...]:
        """Spool the accepted and the refused records, and the list of why; return which is what."""
        digests: dict[Derivation, Digest] = {}
        if answer.validation.is_split and subject.is_cut and answer.accepted:
            for how, spans in (
                (Derivation.SPLIT, answer.accepted),
                (Derivation.REFUSED, answer.refused),
            ):
                digests[how] = store.keep_spooled(self._spooled(subject.location, spans))
        if answer.listed:
            digests[Derivation.REASONS] = digest_of(answer.listed)
            store.keep(digests[Derivation.REASONS], answer.listed)
        return tuple(
            Expansion(
                ordinal=_ordinal(subject.contract, how),
                derived=digests[how],
                how=how,
                outcome=subject.contract,
            )
            for how in CUTS
            if how in digests
        )

    def _spooled(self, at: Location, spans: Sequence[Span]) -> Spooled:
        file = self._runtime.spool.file()
        with ExitStack() as undo:
            undo.callback(file.abandon)
            with self._runtime.vault.open(at) as stream:
                for chunk in cut(stream, spans):
                    file.write(chunk)
            undo.pop_all()
        return file.finish()

    def _apart(
        self,
        parts: Mapping[Key, tuple[Expansion, ...]],
        located: Mapping[Digest, Location],
        inspected: Mapping[Digest, Inspection],
        trouble: Mapping[Key, str],
    ) -> Apart:
        """Return what was cut as parts are kept; what may change at a next try is not kept."""
        with self._runtime.catalogue.read() as connection:
            known = inspections.known(connection, inspected, self._with.profile)
        named: dict[Digest, tuple[NamedPart, ...]] = {}
        for (digest, contract), own in parts.items():
            if own and (digest, contract) not in trouble:
                made = tuple(NamedPart(part=part, untrusted_name=b"") for part in own)
                named[digest] = (*named.get(digest, ()), *made)
        used = {each.part.derived for own in named.values() for each in own}
        said = {d: each for d, each in {**inspected, **known}.items() if d in used}
        return Apart(
            parts=named,
            # What no line of the manifest names is not committed, and so does not exist.
            located={digest: at for digest, at in located.items() if digest in used},
            inspections=said,
            new=frozenset(said.keys() - known.keys()),
        )


def subjects_of(
    located: Mapping[Digest, Location],
    said: Mapping[Digest, Inspection],
    contracts: Mapping[Digest, frozenset[str]],
    parts: Mapping[Digest, Location],
) -> list[Subject]:
    """Return the contents of entries, each under its contracts, and the parts of archives."""
    found: dict[Key, Subject] = {}
    asked = [(at, contract, True) for d, at in located.items() for contract in sorted(contracts[d])]
    for at, contract, is_cut in (*((at, "", False) for at in parts.values()), *asked):
        inspection = said.get(at.digest)
        if inspection and may_hold_records(inspection.media_type, contract):
            subject = Subject(
                location=at, media_type=inspection.media_type, contract=contract, is_cut=is_cut
            )
            found[subject.key] = subject
    return list(found.values())


def cut(stream: BinaryIO, spans: Sequence[Span]) -> Iterator[bytes]:
    """Yield the bytes of some spans, in order; the stream is read to its end, which proves it."""
    at = 0
    for span in spans:
        for start, end, wanted in ((at, span.start, False), (span.start, span.end, True)):
            left = end - start
            while left and (chunk := stream.read(min(left, CHUNK))):
                left -= len(chunk)
                if wanted:
                    yield chunk
        at = span.end
    while stream.read(CHUNK):
        pass


def joined(first: Apart, second: Apart) -> Apart:
    """Return the parts of containers and what was cut out of extracts together."""
    parts = dict(first.parts)
    for digest, own in second.parts.items():
        parts[digest] = (*parts.get(digest, ()), *own)
    return replace(
        first,
        parts=parts,
        located={**first.located, **second.located},
        inspections={**first.inspections, **second.inspections},
        new=first.new | second.new,
    )


def recorded_beside(first: Recorded, second: Recorded) -> Recorded:
    """Return what two groups of contents came to together."""
    return Recorded(
        validated=Validated(
            validations={**first.validated.validations, **second.validated.validations},
            trouble={**first.validated.trouble, **second.validated.trouble},
        ),
        new=first.new | second.new,
        apart=joined(first.apart, second.apart),
        subjects={**first.subjects, **second.subjects},
    )


def _splits(
    parts: Mapping[Key, tuple[Expansion, ...]],
    located: Mapping[Digest, Location],
    extracts: Mapping[Key, Subject],
) -> list[Subject]:
    """Return the accepted records of each extract as contents to look at, each once."""
    found: dict[Key, Subject] = {}
    for key, own in parts.items():
        extract = extracts[key]
        for part in own:
            if part.how is Derivation.SPLIT and part.derived is not None:
                at = located[part.derived]
                split = replace(extract, location=at, is_cut=False, is_split=True)
                found[split.key] = split
    return list(found.values())


def _unread(answers: Mapping[Key, Answered]) -> dict[Key, str]:
    """Return the extracts that the machine failed to read, and why."""
    return {key: each.validation.unread for key, each in answers.items() if each.transient}


def _cut_by(apart: Apart) -> set[tuple[Digest | None, str]]:
    """Return what was cut, and by which contracts."""
    named = (each.part for own in apart.parts.values() for each in own)
    return {(part.derived, part.outcome) for part in named}


def _troubled(
    parts: Mapping[Key, tuple[Expansion, ...]],
    inspected: Mapping[Digest, Inspection],
    trouble: Mapping[Key, str],
) -> dict[Key, str]:
    """Return the extracts whose accepted records the machine failed to look at: all of it again."""
    found: dict[Key, str] = {}
    for (digest, contract), own in parts.items():
        for part in own:
            if part.how is not Derivation.SPLIT or part.derived is None:
                continue
            if not inspected[part.derived].cacheable or (part.derived, contract) in trouble:
                found[digest, contract] = "its accepted records were not inspected"
    return found


def _ordinal(contract: str, how: Derivation) -> int:
    """Return a number that is the same whenever a content is cut by the same contract.

    Parts of containers are numbered from 0 on and copies below it, and one content may have both
    and be cut: what it is cut into begins far above any number of parts.
    """
    digits = int(digest_of(contract.encode())[:CONTRACT_DIGITS], 16)
    return FIRST_CUT + digits * (len(CUTS) + 1) + CUTS.index(how)
