import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from custody.box import OpenFile
from custody.digest import digest_of
from custody.errors import AutoclaveError
from custody.finding import FindingKind
from custody.outcome import Coverage, Scanned
from custody.verdict import Verdict, judge
from sandbox.pool import Pool
from sanitizers.canaries import EICAR
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.rules.built_in import built_in_pack
from sanitizers.saying import said_of
from tests.corpus.judged import POLICY
from tests.corpus.rule_matter import NOTES, SHELLS

# Nothing is taken apart here, so that no part is looked up by the digest of its whole.
SOME_DIGEST = digest_of(b"")


@pytest.fixture(scope="module")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> Inspector:
    """An inspector with the built-in pack and the strict policy."""
    return Inspector(
        policy=POLICY,
        packs=(built_in_pack(),),
        cache=tmp_path_factory.mktemp("home") / "rules-cache",
        sandboxed=True,
    )


@pytest.fixture(scope="module")
def box(inspector: Inspector) -> Iterator[Pool]:
    """A real box with two locked workers."""
    with Pool(inspector.programs, workers=2) as pool:
        yield pool


def sample(content: bytes, *names: bytes) -> SampleToInspect:
    """Return a sample in memory."""
    return SampleToInspect(content=content, size=len(content), names=names)


def verdict(inspected: Inspected) -> Verdict:
    """Return the verdict after policy has had its say."""
    outcomes = said_of(POLICY, SOME_DIGEST, inspected.inspection)
    return judge(outcomes, POLICY.required).verdict


def zipped() -> bytes:
    """Return a small archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "text")
    return stream.getvalue()


CASES: dict[str, tuple[bytes, Verdict]] = {
    "letter": (b"Dear colleague, the patient is well.\n", Verdict.CLEAN),
    "french letter": ("Cher confrère, tout va bien.\n".encode(), Verdict.CLEAN),
    "table": (b"name;value\na;1\nb;2\n", Verdict.CLEAN),
    "nothing": (b"", Verdict.CLEAN),
    "eicar": (EICAR, Verdict.MALICIOUS),
    "note": (NOTES["french"].encode("utf-16"), Verdict.MALICIOUS),
    "shell": (SHELLS["web_shell_php_runs_request"].encode(), Verdict.MALICIOUS),
    "program": (b"MZ" + bytes(200), Verdict.PROHIBITED),
    "archive": (zipped(), Verdict.INDETERMINATE),
    "zeros": (bytes(20_000), Verdict.DAMAGED),
    "random": (b"\x91" + Random(7).randbytes(20_000), Verdict.INDETERMINATE),
}


def test_the_four_scanners_judge_together(box: Pool, inspector: Inspector) -> None:
    """Harmless, hostile, prohibited, damaged and unknown content each get their verdict."""
    samples = [sample(content, b"a") for content, _ in CASES.values()]
    given = dict(zip(CASES, inspector.inspect(box, samples), strict=True))
    expected = {name: verdict for name, (_, verdict) in CASES.items()}
    assert expected == {name: verdict(inspected) for name, inspected in given.items()}


def test_answers_keep_order_over_many_samples(box: Pool, inspector: Inspector) -> None:
    """Thousands of samples over two workers are answered one by one, in their order."""
    texts = [b"text %d\n" % n if n % 7 else NOTES["english"].encode() for n in range(2100)]
    answers = list(inspector.inspect(box, (sample(text, b"a.txt") for text in texts)))
    expected = [Verdict.CLEAN if n % 7 else Verdict.MALICIOUS for n in range(2100)]
    odd = {n: each.inspection for n, each in enumerate(answers) if verdict(each) is not expected[n]}
    assert odd == {}
    assert len(answers) == len(expected)


def test_names_are_judged_beside_content(box: Pool, inspector: Inspector) -> None:
    """A name rule sees the real name, and each name has its own findings."""
    content = b"Your files are encrypted. Write to nobody@onionmail.example for help. " * 2
    names = (b"x/letter.txt", b"x/HOW_TO_DECRYPT.txt", *(b"x/%d.txt" % n for n in range(40)))
    (inspected,) = inspector.inspect(box, [sample(content, *names)])
    kinds = [{finding.kind for finding in findings} for findings in inspected.name_findings]
    assert len(kinds) == len(names)
    assert kinds[:3] == [set(), {FindingKind.RANSOM_NOTE}, set()]
    assert verdict(inspected) is Verdict.CLEAN


def test_a_large_open_file_is_read_in_windows(
    box: Pool, inspector: Inspector, tmp_path: Path
) -> None:
    """Beyond the window the rules still find what lies at the end, and coverage says windowed."""
    path = tmp_path / "large"
    line = b"a line of plain text in a very long file\n"
    size = (66 << 20) // len(line) * len(line)
    path.write_bytes(line * (size // len(line)) + EICAR)
    with path.open("rb") as stream:
        content = OpenFile(descriptor=stream.fileno(), offset=0, length=size + len(EICAR))
        large = SampleToInspect(content=content, size=size + len(EICAR), names=(b"a.txt",))
        (inspected,) = inspector.inspect(box, [large])
    rules = next(o for o in inspected.inspection.outcomes if o.scanner == "yara_rules")
    assert isinstance(rules, Scanned)
    assert rules.coverage is Coverage.WINDOWED
    assert [finding.where for finding in rules.findings] == [f"offset {size}"]


def test_rules_that_changed_since_refuse_the_start(inspector: Inspector) -> None:
    """A worker whose rules are not those of the profile never starts."""
    pack = built_in_pack()
    other = replace(pack, manifest=replace(pack.manifest, version="0"))
    with (
        pytest.raises(AutoclaveError, match="changed"),
        Pool(replace(inspector, packs=(other,)).programs, workers=1),
    ):
        pass


def test_both_engines_give_the_same_verdicts(box: Pool, inspector: Inspector) -> None:
    """The reference engine in the box judges every case as the default one does."""
    pytest.importorskip("yara")
    reference = replace(inspector, engine="yara-python")
    samples = [sample(content, b"a") for content, _ in CASES.values()]
    with Pool(reference.programs, workers=1) as other:
        theirs = [verdict(each) for each in reference.inspect(other, samples)]
    assert theirs == [verdict(each) for each in inspector.inspect(box, samples)]
    assert reference.profile.digest != inspector.profile.digest
