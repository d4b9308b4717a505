import pytest

from custody.finding import FindingKind, Severity
from custody.outcome import Scanned
from sanitizers.limits import Limits
from sanitizers.names import names_findings
from sanitizers.registry import look_forked
from sanitizers.sniffing import sniff
from tests.corpus.looking import demands, look, silence

NOTE = (
    "Your files are encrypted. To decrypt them pay in bitcoin. Tor Browser: invented.onion."
    " Personal ID: 0000. Do not rename anything. Within 72 hours."
)
TERSE = b"tor network: invented.onion\nyour files encrypted. contact: nobody@gmx.example"


@pytest.mark.parametrize(
    "content",
    [
        NOTE.encode(),
        NOTE.encode("utf-16"),
        f"<html><body><h1>{NOTE}</h1></body></html>".encode(),
        f"{{\\rtf1 {NOTE}}}".encode(),
    ],
)
def test_a_note_is_found_in_every_format_that_notes_have(content: bytes) -> None:
    """Text of one and of two bytes a letter, a page, RTF."""
    assert demands(look(content), "ransom_notes") == {"ransom-note"}


def test_the_finding_counts_what_was_said() -> None:
    """An analyst reads which features there were."""
    (outcome,) = [o for o in look(NOTE.encode()).outcomes if o.scanner == "ransom_notes"]
    assert isinstance(outcome, Scanned)
    (finding,) = outcome.findings
    assert (finding.kind, finding.severity) == (FindingKind.RANSOM_NOTE, Severity.MALICIOUS)
    assert "8 of 9" in finding.detail


@pytest.mark.parametrize("content", [b"Bonjour", b"%PDF-1.4", b"", bytes(90)])
def test_everything_else_is_looked_at_and_is_none(content: bytes) -> None:
    """Silence is the word of a scanner that looked."""
    assert demands(look(content), "ransom_notes") == set()
    assert silence(look(content), "ransom_notes") == ""


def test_what_is_not_whole_is_not_scanned() -> None:
    """The address may stand in the part that is missing."""
    part = look_forked(NOTE.encode(), Limits(most_content_bytes=10))
    assert "larger" in silence(part, "ransom_notes")


@pytest.mark.parametrize(("name", "found"), [("README_NOW.txt", True), ("courrier.txt", False)])
def test_a_terse_note_needs_the_name_of_one(name: str, found: bool) -> None:  # noqa: FBT001
    """Names are weak evidence: they help, and never decide alone."""
    rules = {finding.rule for finding in names_findings(name.encode(), sniff(TERSE))}
    assert ("ransom-note-by-name" in rules) is found
    assert names_findings(name.encode(), sniff(b"Bonjour")) == ()
