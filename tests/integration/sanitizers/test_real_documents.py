"""Trials on real files of public projects, beside the project or where AUTOCLAVE_CORPUS says."""

import os
from collections import Counter
from pathlib import Path

import pydicom.data
import pytest

from custody.outcome import Inspection
from custody.verdict import Required, Verdict, judge
from formats.faults import FormatError
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import has_parts
from sanitizers.containers.unpacking import READERS
from sanitizers.registry import BUILT_IN, look_forked, look_resident
from sanitizers.sniffing import open_sample

ROOT = Path(__file__).parents[3]
CORPUS = Path(os.environ.get("AUTOCLAVE_CORPUS", ROOT.parent / "shared" / "corpus"))
REQUIRED = Required(scanners=frozenset(scanner.name for scanner in BUILT_IN))

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the real files are not beside the project"),
]


def inspections(folder: str) -> dict[str, Inspection]:
    """Inspect every file of a folder, by name."""
    files = sorted((CORPUS / folder).iterdir())
    return {file.name: look_forked(file.read_bytes()) for file in files}


def verdicts(found: dict[str, Inspection]) -> dict[str, Verdict]:
    """Return the verdict of each file by name."""
    return {name: judge(i.outcomes, REQUIRED).verdict for name, i in found.items()}


@pytest.mark.parametrize(
    ("folder", "media_type"),
    [
        ("hl7v2", "application/hl7-v2"),
        ("ccda", "application/hl7-cda+xml"),
        ("pdf", "application/pdf"),
    ],
)
def test_every_file_of_a_format_is_known_as_such(folder: str, media_type: str) -> None:
    """Odd headers, line ends and encodings do not hide what a real file is."""
    assert {i.media_type for i in inspections(folder).values()} == {media_type}


@pytest.mark.parametrize("folder", ["hl7v2", "fhir-bulk"])
def test_real_records_are_never_held(folder: str) -> None:
    """Messages and exports of real systems become clean, every one of them."""
    assert set(verdicts(inspections(folder)).values()) == {Verdict.CLEAN}


def test_clinical_documents_are_held_only_for_what_they_carry() -> None:
    """Style sheets from elsewhere are the only reason; documents inside are there to be judged."""
    said = inspections("ccda")
    found = verdicts(said)
    held = {name for name, verdict in found.items() if verdict is not Verdict.CLEAN}
    for name in ("CDA_with_Embedded_PDF.ccda", "Unstructured_Document_embed.ccda"):
        assert name not in held
        assert has_parts(said[name])
    assert len(held) <= len(found) // 4


def test_real_outlook_messages_come_apart_without_remarks() -> None:
    """All but the one that a fuzzer cut have parts, and nothing stands against them."""
    unread = set()
    for file in sorted((CORPUS / "office").glob("*.msg")):
        try:
            parts = list(READERS["application/vnd.ms-outlook"](file.read_bytes(), Means()))
        except FormatError:
            unread.add(file.name)
            continue
        assert any(part.content for part in parts), file.name
        assert not [part.refusal for part in parts if part.refusal], file.name
    assert all("clusterfuzz" in name for name in unread)


def test_real_pdfs_fall_into_their_classes() -> None:
    """Intact ones are clean; what runs, and what needs a password, is named."""
    found = verdicts(inspections("pdf"))
    named = {
        "hello-world.pdf": Verdict.CLEAN,
        "crazyones.pdf": Verdict.CLEAN,
        "libreoffice-form.pdf": Verdict.CLEAN,
        "attachment.pdf": Verdict.ACTIVE,
        "js-colors.pdf": Verdict.ACTIVE,
        "issue-297.pdf": Verdict.ACTIVE,
        "encrypted-file.pdf": Verdict.INDETERMINATE,
        "r6-both-passwords.pdf": Verdict.INDETERMINATE,
        "r6-owner-password.pdf": Verdict.CLEAN,
        "r2-owner-password.pdf": Verdict.CLEAN,
    }
    assert {name: found[name] for name in named} == named
    counts = Counter(found.values())
    assert counts[Verdict.DAMAGED] <= 2
    assert counts[Verdict.CLEAN] >= 165


def test_real_office_documents_fall_into_their_classes() -> None:
    """Plain ones are clean; macros, objects, passwords and cuts are named."""
    found = verdicts(inspections("office"))
    named = {
        "SimpleMacro.doc": Verdict.ACTIVE,
        "SimpleMacro.xls": Verdict.ACTIVE,
        "ExcelWithAttachments.xlsm": Verdict.ACTIVE,
        "WithEmbeded.xlsx": Verdict.ACTIVE,
        "protected_agile.docx": Verdict.INDETERMINATE,
        "password.xls": Verdict.INDETERMINATE,
        "ppt_with_png_encrypted.ppt": Verdict.INDETERMINATE,
        "Word6_sections.doc": Verdict.CLEAN,
        "62815.xlsb": Verdict.CLEAN,
        "BOOK_in_capitals.xls": Verdict.CLEAN,
        "simple_test_msg.msg": Verdict.CLEAN,
        "truncated62886.docx": Verdict.DAMAGED,
        "documentProperties.docx": Verdict.CLEAN,
        "Simple.xls": Verdict.CLEAN,
        "SimpleMultiCell.xlsx": Verdict.CLEAN,
        "sample.pptx": Verdict.CLEAN,
        "sample.strict.xlsx": Verdict.CLEAN,
        "backgrounds.ppt": Verdict.CLEAN,
        "quick.doc": Verdict.CLEAN,
    }
    assert {name: found[name] for name in named} == named
    damaged = [name for name, verdict in found.items() if verdict is Verdict.DAMAGED]
    assert all(name.startswith(("clusterfuzz", "crash", "truncated")) for name in damaged)


def test_the_two_lanes_agree_wherever_the_resident_one_answers() -> None:
    """No file is judged differently by the lane that happens to look at it."""
    for file in sorted((CORPUS / "office").iterdir()):
        content = file.read_bytes()
        answer = look_resident(open_sample(content))
        assert answer is None or answer == look_forked(content)


def test_real_images_of_dicom_are_walked() -> None:
    """The files that pydicom ships are clean, except where they are odd on purpose."""
    # Only what the wheel holds: asking pydicom for its files would download others.
    folder = Path(pydicom.data.__file__).parent / "test_files"
    files = sorted(folder.glob("*.dcm"))
    found = {file.name: judge(look_forked(file.read_bytes()).outcomes, REQUIRED) for file in files}
    odd = {name: judged for name, judged in found.items() if judged.verdict is not Verdict.CLEAN}
    reasons = {reason for judged in odd.values() for reason in judged.reasons}
    assert found["rtplan_truncated.dcm"].verdict is Verdict.DAMAGED
    assert found["MR_truncated.dcm"].verdict is Verdict.DAMAGED
    assert "file_type: dicom-preamble-tiff" in reasons
    assert len(found) - len(odd) >= 55


def test_a_cut_or_overwritten_real_document_is_never_clean() -> None:
    """Two thirds of a file, and a file with its middle destroyed, always show it."""
    for file in sorted((CORPUS / "office").glob("*.docx")):
        content = file.read_bytes()
        if judge(look_forked(content).outcomes, REQUIRED).verdict is not Verdict.CLEAN:
            continue
        middle = len(content) // 2
        for changed in (
            content[: len(content) * 2 // 3],
            content[:middle] + os.urandom(4096) + content[middle + 4096 :],
        ):
            assert judge(look_forked(changed).outcomes, REQUIRED).verdict is not Verdict.CLEAN
