import ast
import json
import sys

import pytest

from audit.event import EventType, envelope, subject_of_manifest, timestamp
from audit.evidence import Checkpoint, Edge, EvidenceError, Folder, leaf_hash, parse_key, tile_path
from audit.export import verifier
from audit.manifest import build, encode_line
from audit.note import checkpoint_text, sign_note
from audit.tiles import bundle, checkpoint_key, folder_of, frontier_of, newest_key
from audit.verify import Report, check_evidence, fingerprint, main, trusted_key, verify
from tests.corpus.ledgers import (
    ORIGIN,
    SIGNER,
    START,
    STRANGER,
    an_event,
    assess_line,
    digest,
    inspect_line,
    promote_line,
)
from tests.corpus.named_bytes import NamedBytes

KEY = parse_key(SIGNER.vkey)
TIME = timestamp(START)


def log_of(entries, signer=SIGNER, origin=ORIGIN, sizes=()):
    """A log over any entries, by someone who has the key: all hashes and signatures fit."""
    folder, edge, files = folder_of(origin), Edge(), {}
    for entry in entries:
        edge.append(leaf_hash(entry))
        if edge.size in {*sizes, len(entries)}:
            root = frontier_of(edge).root()
            note = sign_note(checkpoint_text(Checkpoint(origin, edge.size, root)), signer)
            files[checkpoint_key(origin, edge.size)] = note.encode()
            files[newest_key(origin)] = note.encode()
    for level, index, content in edge.partial():
        files[folder + tile_path(str(level), index, len(content) // 32)] = content
    files[folder + tile_path("entries", 0, len(entries))] = bundle(entries)
    return NamedBytes(files)


def numbered(events):
    """Entries as the sequencer makes them."""
    return [envelope(event.encode(), TIME, seq) for seq, event in enumerate(events)]


def with_manifests(*steps, **changes):
    """A log whose events name manifests with these lines, together with the manifests."""
    files, events = {}, []
    for number, (step, lines) in enumerate(steps):
        made = build(encode_line(line) for line in lines)
        files[made.key] = made.content
        subject = {**subject_of_manifest(made.root, step, 1, made.lines), **changes}
        events.append(an_event(number, type=EventType.SHARD_INSPECTED, subject=subject))
    return NamedBytes({**log_of(numbered(events)).contents, **files})


def checked(files):
    """Check evidence without the signed list of files."""
    report = Report()
    check_evidence(files, KEY, report)
    return report


CHAIN = [
    ("inspect", [inspect_line(1), inspect_line(2), {"digest": None}]),
    ("assess", [assess_line(1), assess_line(2, "malicious")]),
    ("promote", [promote_line(1)]),
]


def test_a_genuine_log_is_accepted():
    """A log with a whole chain of custody has no fault, and everything is counted."""
    report = checked(with_manifests(*CHAIN))

    assert {"entries": 3, "checkpoints": 1, "manifests": 3, "lines": 6} == report.counts
    assert 3 == report.logs[ORIGIN]["size"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (CHAIN[:1] + CHAIN[2:], "was not assessed before"),
        (CHAIN[1:], "was not inspected before"),
        ([CHAIN[1], CHAIN[0], CHAIN[2]], "was not inspected before"),
        ([CHAIN[0], CHAIN[2], CHAIN[1]], "was not assessed before"),
        ([*CHAIN[:2], ("promote", [promote_line(2)])], digest(2)),
        ([*CHAIN[:2], ("promote", [promote_line(1), promote_line(3)])], digest(3)),
        ([CHAIN[0], ("assess", [assess_line(1) | {"stage": "held"}]), CHAIN[2]], digest(1)),
    ],
    ids=[
        "never assessed",
        "never inspected",
        "inspected later",
        "assessed later",
        "assessed as malicious",
        "one of two",
        "clean but held",
    ],
)
def test_a_promotion_without_its_evidence_is_found(steps, message):
    """Whatever entered the clean zone without earlier inspection and assessment is named."""
    with pytest.raises(EvidenceError, match=message):
        checked(with_manifests(*steps))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lines": 4}, "names 4 lines"),
        ({"manifest": digest(0)}, "missing"),
        ({"manifest": 5}, "missing"),
        ({"step": "unknown"}, "unknown"),
        ({"step": None}, "None"),
    ],
)
def test_an_event_that_does_not_fit_its_manifest_is_found(changes, message):
    """Root, number of lines and step of an event are those of the manifest."""
    with pytest.raises(EvidenceError, match=message):
        checked(with_manifests(CHAIN[0], **changes))


def test_a_manifest_that_no_event_names_is_found():
    """Nothing lies in an export that the ledger does not know."""
    stray = build([b"{}"])
    files = with_manifests(*CHAIN)
    with pytest.raises(EvidenceError, match="no event names"):
        checked(files.changed(stray.key, stray.content))


def test_a_manifest_with_other_lines_is_found():
    """A manifest is recomputed, not believed by its name."""
    files = with_manifests(CHAIN[0])
    [name] = [n for n in files.names() if n.startswith("manifests/")]
    other = build(encode_line(line) for line in [*CHAIN[0][1][:2], {"digest": digest(9)}])
    with pytest.raises(EvidenceError, match="do not lead to this root"):
        checked(files.changed(name, other.content))


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([envelope(an_event(0).encode(), TIME, 1)], "another number"),
        (
            [
                envelope(an_event(0).encode(), TIME, 0),
                envelope(an_event(1).encode(), TIME, 2),
            ],
            "entry 1 has another number",
        ),
        (
            [
                envelope(an_event(0).encode(), "2026-11-22", 0),
                envelope(an_event(1).encode(), "2026-11-21", 1),
            ],
            "received before",
        ),
        (numbered([an_event(0), an_event(0)]), "there twice"),
        ([b"{}"], "missing"),
        ([b"[]"], "bundle|indices|entries"),
        ([b"no json"], "Expecting"),
        ([numbered([an_event(0)])[0].replace(b'"seq":0', b'"seq":0,"seq":0')], "not canonical"),
        ([numbered([an_event(0)])[0].replace(b'"seq":0', b'"seq": 0')], "not canonical"),
        (
            [b'{"event":{"id":"1","subject":{},"type":"x"},"received_at":"","seq":0,"z":1}'],
            "another",
        ),
        ([b"\xff"], "decode"),
        ([b"[" * 50_000], "recursion|Expecting"),
    ],
    ids=[
        "begins with 1",
        "gap",
        "back in time",
        "twice",
        "empty",
        "list",
        "text",
        "two fields",
        "a space",
        "one more field",
        "no UTF-8",
        "very deep",
    ],
)
def test_entries_that_break_a_rule_are_found(entries, message):
    """Even with the key nobody makes a log with gaps, doubles or steps back that verifies."""
    with pytest.raises(EvidenceError, match=message):
        checked(log_of(entries))


EVENTS = numbered([an_event(n) for n in range(5)])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (NamedBytes({}), "there is no checkpoint"),
        (log_of(EVENTS, STRANGER), "not signed"),
        (log_of(EVENTS).without(newest_key(ORIGIN)), "there is no checkpoint"),
        (log_of(EVENTS).without(checkpoint_key(ORIGIN, 5)), "missing"),
        (log_of(EVENTS).without(f"log/{ORIGIN}/tile/0/000.p/5"), "missing"),
        (log_of(EVENTS).without(f"log/{ORIGIN}/tile/entries/000.p/5"), "missing"),
        (log_of(EVENTS).changed(f"log/{ORIGIN}/tile/0/000.p/5", bytes(160)), "not the hashes"),
        (
            log_of(EVENTS).changed(f"log/{ORIGIN}/tile/entries/000.p/5", bundle(EVENTS[:4])),
            "holds 4 entries",
        ),
        (
            log_of(EVENTS).changed(
                f"log/{ORIGIN}/tile/entries/000.p/5",
                bundle([*EVENTS[:4], envelope(an_event(9).encode(), TIME, 4)]),
            ),
            "do not lead to checkpoint 5",
        ),
        (
            log_of(EVENTS, sizes=[3]).changed(
                newest_key(ORIGIN), log_of(EVENTS[:3]).read(newest_key(ORIGIN))
            ),
            "not the newest",
        ),
        (
            log_of(EVENTS).changed(
                checkpoint_key(ORIGIN, 4), log_of(EVENTS).read(newest_key(ORIGIN))
            ),
            "another log or size",
        ),
        (
            log_of(EVENTS).changed(
                checkpoint_key(ORIGIN, 3),
                log_of(EVENTS[2:]).read(newest_key(ORIGIN)),
            ),
            "do not lead to checkpoint 3",
        ),
        (
            log_of(EVENTS).changed(
                checkpoint_key(ORIGIN, 5),
                log_of(EVENTS, origin="other").read(newest_key("other")),
            ),
            "another log or size",
        ),
    ],
    ids=[
        "nothing",
        "another key",
        "no newest",
        "no checkpoint",
        "no tile",
        "no bundle",
        "another tile",
        "an entry less",
        "another entry",
        "older as newest",
        "wrong name",
        "another history",
        "another log",
    ],
)
def test_a_log_that_does_not_fit_together_is_found(files, message):
    """Checkpoints, entries and tiles prove each other."""
    with pytest.raises(EvidenceError, match=message):
        checked(files)


def test_every_changed_byte_of_a_log_is_found_without_the_list():
    """Entries, tiles and checkpoints need no list of files to be tamper-evident."""
    files = log_of(EVENTS, sizes=[2])
    accepted = []
    for name in files.names():
        content = files.read(name)
        for position in range(len(content)):
            changed = bytearray(content)
            changed[position] ^= 1
            try:
                checked(files.changed(name, bytes(changed)))
            except EvidenceError:
                continue
            accepted.append((name, position))

    assert [] == accepted


@pytest.mark.parametrize(
    ("content", "expected", "message"),
    [
        (SIGNER.vkey + "\n", fingerprint(STRANGER.vkey), "another fingerprint"),
        (SIGNER.vkey + "\n", "", "another fingerprint"),
        (SIGNER.vkey + "\n", fingerprint(SIGNER.vkey)[:30], "another fingerprint"),
        (SIGNER.vkey, fingerprint(SIGNER.vkey), "another fingerprint"),
        (SIGNER.vkey + " ", fingerprint(SIGNER.vkey), "more than one line"),
        ("no key\n", fingerprint("no key"), "keys/ledger.vkey"),
    ],
    ids=["another", "none", "too short", "cut", "no line end", "no key"],
)
def test_only_the_key_on_paper_is_trusted(content, expected, message):
    """The key in an export counts only with a whole fingerprint from outside."""
    with pytest.raises(EvidenceError, match=message):
        trusted_key(NamedBytes({"keys/ledger.vkey": content.encode()}), expected)


def test_an_export_without_anything_is_not_verified():
    """An empty folder is a fault and not a success."""
    [fault] = verify(NamedBytes({}), fingerprint(SIGNER.vkey)).faults

    assert "keys/ledger.vkey" == fault.where


def test_a_folder_that_is_not_there_is_not_verified(tmp_path, capsys):
    """The command says that nothing was verified, as text and as JSON."""
    arguments = [str(tmp_path / "none"), "--key", fingerprint(SIGNER.vkey)]
    assert 1 == main(arguments)
    assert "NOT VERIFIED" in capsys.readouterr().out
    assert 1 == main([*arguments, "--json"])
    assert json.loads(capsys.readouterr().out)["verified"] is False


def test_a_folder_lists_its_files_with_slashes(tmp_path):
    """Names in an export are the same on every system."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(b"1")
    (tmp_path / "d").write_bytes(b"2")
    folder = Folder(str(tmp_path))

    assert ["a/b/c", "d"] == folder.names()
    assert b"1" == folder.read("a/b/c")
    with pytest.raises(KeyError):
        folder.read("e")


def test_the_verifier_is_one_file_for_old_pythons():
    """The one file is valid Python 3.8 and imports the standard library and cryptography only."""
    tree = ast.parse(verifier(), feature_version=(3, 8))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    foreign = {name.partition(".")[0] for name in imported} - sys.stdlib_module_names

    assert {"cryptography"} == foreign


def test_the_verifier_defines_nothing_twice():
    """Joining the two modules hides no name of one behind a name of the other."""
    names = [
        node.name
        for node in ast.parse(verifier()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]

    assert len(names) == len(set(names))
