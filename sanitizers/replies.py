"""Replies from the box, believed only as far as they have the exact shape of an answer."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from custody.box import Answer, Failure, FailureCode, Json, Reply
from custody.errors import CanaryMissedError
from custody.finding import Finding
from custody.outcome import Inspection, NotScanned, Outcome
from custody.wire import decode_finding, decode_inspection

MOST_NAMES = 16
MOST_NAME_FINDINGS = 64

Decoded = TypeVar("Decoded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the resident program says, its shape checked."""

    inspection: Inspection
    names: tuple[tuple[Finding, ...], ...]
    forked: bool


def read_report(reply: Reply, names: int) -> Report | Failure:
    """Return what the resident program says of a sample and of so many names.

    Raises:
        CanaryMissedError: it says that a canary was missed; a worker that was taken over may lie.
    """
    report = decoded(reply, _report)
    if isinstance(report, Report) and len(report.names) != names:
        return Failure(code=FailureCode.FORGED)
    return report


def read_inspection(reply: Reply) -> Inspection | Failure:
    """Return what the forked program says of a sample."""
    return decoded(reply, decode_inspection)


def keep(outcomes: Iterable[Outcome], scanners: Sequence[str]) -> tuple[Outcome, ...]:
    """Keep what these scanners said; one that said nothing, or two things, has not scanned."""
    given = tuple(outcome for outcome in outcomes if outcome.scanner in scanners)
    times = Counter(outcome.scanner for outcome in given)
    said = (outcome for outcome in given if times[outcome.scanner] == 1)
    others = ((name, "two outcomes" if times[name] else "no outcome") for name in scanners)
    return (
        *said,
        *(NotScanned(scanner=n, reason=f"gave {why}") for n, why in others if times[n] != 1),
    )


def missed_canary() -> CanaryMissedError:
    """Return the error of a worker that calls itself blind."""
    return CanaryMissedError(
        "a worker says that it no longer finds its canary: what it said is void",
        next_step="run the same command again; if it happens twice, test this machine's memory",
    )


def not_scanned(failure: Failure, scanners: Iterable[str]) -> tuple[Outcome, ...]:
    """Return what a failed job means: none of its scanners has judged."""
    detail = f": {failure.detail}" if failure.detail else ""
    return tuple(
        NotScanned(
            scanner=scanner,
            reason=f"{failure.code.value}{detail}",
            transient=failure.code is FailureCode.MACHINE,
        )
        for scanner in scanners
    )


def decoded(reply: Reply, decode: Callable[[Json], Decoded]) -> Decoded | Failure:
    """Return the checked value of a reply; a value of the wrong shape is a forged answer."""
    match reply:
        case Failure():
            return reply
        case Answer(untrusted_value=value):
            try:
                return decode(value)
            except (ValueError, TypeError):
                return Failure(code=FailureCode.FORGED)


def _report(untrusted_value: Json) -> Report:
    """Check and return the resident program's value.

    Raises:
        ValueError: it has not the exact shape.
        CanaryMissedError: it says that a canary was missed.
    """
    fields = set(untrusted_value) if isinstance(untrusted_value, dict) else set()
    if fields == {"missed"}:
        raise missed_canary()
    if fields != {"inspection", "names", "forked"}:
        raise ValueError("expected an inspection, names and a lane")
    return Report(
        inspection=decode_inspection(untrusted_value["inspection"]),
        names=tuple(_name_findings(each) for each in _list(untrusted_value["names"], MOST_NAMES)),
        forked=untrusted_value["forked"] is True,
    )


def _name_findings(untrusted_value: Json) -> tuple[Finding, ...]:
    return tuple(decode_finding(each) for each in _list(untrusted_value, MOST_NAME_FINDINGS))


def _list(untrusted_value: Json, most: int) -> list[Any]:
    if not isinstance(untrusted_value, list) or len(untrusted_value) > most:
        raise ValueError(f"expected a list of at most {most}")
    return untrusted_value
