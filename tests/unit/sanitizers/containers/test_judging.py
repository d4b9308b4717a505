"""What parts mean for their container: it is no cleaner than any, and no smaller than all."""

from dataclasses import replace
from itertools import pairwise

import pytest

from custody.digest import Digest, digest_of
from custody.finding import Severity
from custody.outcome import Exempt, Inspection, NotScanned, Scanned
from custody.verdict import Verdict
from sanitizers.containers.judging import Contents, Expanded, Part

ZIP, TEXT = "application/zip", "text/plain"
ROOT, MEMBER = digest_of(b"root"), digest_of(b"member")


def inspected(media_type: str) -> Inspection:
    """An inspection that says nothing but the type."""
    return Inspection(media_type=media_type, outcomes=())


def holding(*digests: Digest, refusal: str = "", fault: str = "") -> Expanded:
    """A container of such parts."""
    parts = (Part(ordinal=n, digest=d, refusal=refusal) for n, d in enumerate(digests, start=1))
    return Expanded(parts=tuple(parts), fault=fault)


def chain(length: int, *, width: int = 1) -> Contents:
    """Containers in each other, `width` equal ones in each; the innermost part is a text."""
    links = [ROOT, *(digest_of(b"%d" % n) for n in range(length))]
    pairs = pairwise(links)
    return Contents(
        expanded={outer: holding(*[inner] * width) for outer, inner in pairs},
        inspections={d: inspected(ZIP) for d in links[:-1]} | {links[-1]: inspected(TEXT)},
        sizes=dict.fromkeys(links, 1 << 20),
    )


def judged(contents: Contents, verdict: Verdict = Verdict.CLEAN):
    """The outcomes of the root, when each part itself comes to a verdict."""

    def judge_part(part, inside):
        silent = any(isinstance(o, NotScanned) for o in inside)
        against = any(o.findings for o in inside if isinstance(o, Scanned))
        return Verdict.INDETERMINATE if silent or against else verdict

    return contents.outcomes(ROOT, inspected(ZIP), judge_part)


def test_what_is_no_container_is_exempt() -> None:
    """A text has no parts, and says so."""
    (said,) = Contents().outcomes(ROOT, inspected(TEXT), lambda *_: Verdict.CLEAN)

    assert isinstance(said, Exempt)


def test_a_container_that_nobody_opened_is_never_clean() -> None:
    """Silence about parts is an outcome with a reason."""
    assert (NotScanned(scanner="archives", reason="not taken apart"),) == judged(Contents())


def test_clean_parts_say_nothing() -> None:
    """All parts are known and clean: the container is as clean."""
    (said,) = judged(chain(3))

    assert isinstance(said, Scanned)
    assert () == said.findings


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.CLEAN])
def test_whatever_stands_against_a_part_stands_against_the_container(verdict) -> None:
    """Each verdict of a part has its rule."""
    (said,) = judged(chain(1), verdict)

    assert [(f"part-{verdict.value}", "part 1")] == [(f.rule, f.where) for f in said.findings]
    assert (said.findings[0].severity is Severity.MALICIOUS) is (verdict is Verdict.MALICIOUS)


def test_a_part_that_was_not_inspected_is_indeterminate() -> None:
    """What nobody looked at is not clean."""
    (said,) = judged(Contents(expanded={ROOT: holding(MEMBER)}))

    assert ["part-indeterminate"] == [f.rule for f in said.findings]


def test_what_could_not_be_taken_out_is_named() -> None:
    """A refusal stands against the container, a fault makes it incomplete."""
    contents = Contents(
        expanded={ROOT: holding(MEMBER, refusal="symlink", fault="limit: too many parts")},
        inspections={MEMBER: inspected(TEXT)},
    )

    said, fault = judged(contents)

    assert ["symlink"] == [f.rule for f in said.findings]
    assert "limit: too many parts" == fault.reason


def test_too_deep_is_not_clean() -> None:
    """Six containers in each other are followed, seven are not."""
    assert () == judged(chain(6))[0].findings
    assert () != judged(chain(7))[0].findings


def test_what_stands_twice_counts_twice() -> None:
    """Equal archives in equal archives are as large as they would be extracted."""
    assert 1 == len(judged(chain(3, width=8)))
    assert "parts" in judged(replace(chain(4, width=16), sizes={}))[-1].reason
    assert "bytes" in judged(chain(3, width=12))[-1].reason
