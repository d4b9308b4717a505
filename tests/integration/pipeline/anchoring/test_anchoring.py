"""Checkpoints are anchored over the network, by hand and on paper; what is wrong is refused."""

import json
from dataclasses import replace

import pytest

from audit.anchors import anchor_key, anchors_folder
from audit.event import EventType
from audit.evidence import parse_key
from audit.history import History
from audit.note import text_of
from audit.tiles import spooled
from audit.timestamps import request_of
from custody.errors import (
    LedgerError,
    SettingsError,
    SignatureError,
    UnavailableError,
    UsageError,
)
from pipeline.anchoring.anchor import accept, anchor_over_network, newest, on_paper
from pipeline.anchoring.scheduled import anchor_if_new
from pipeline.anchoring.window import window
from pipeline.proving.verify import verify
from pipeline.settings import AuditSettings, Settings
from pipeline.wiring import open_runtime
from tests.corpus.outsiders import Authority, AWitness, answering
from tests.integration.pipeline.anchoring.conftest import grow


def events_of(runtime):
    """Every event of the ledger."""
    runtime.ledger.publish()
    return list(History(runtime.audit, parse_key(runtime.ledger.vkey)).events())


def test_everybody_who_is_named_is_asked(settings, authority):
    """A timestamp and a cosignature of the newest checkpoint are kept, recorded and verified."""
    with open_runtime(settings) as runtime:
        grow(runtime)
        made = anchor_over_network(runtime, "anna")
        again = anchor_over_network(runtime, "anna")
        left = window(runtime)

        assert ["timestamp", "witness"] == [anchor.kind for anchor in made]
        assert "CN=Invented Authority" == made[0].by
        assert "witness.example/one" == made[1].by
        assert made[0].size < again[0].size
        assert (again[1].size, runtime.ledger.size - again[1].size) == (left.anchored, left.since)
        assert () == verify(runtime).faults
        kinds = [e["type"] for e in events_of(runtime)]
        assert 4 == kinds.count(EventType.ANCHOR_MADE.value)


def test_before_anybody_was_asked_everything_is_unknown_outside(settings):
    """The window is the whole ledger."""
    with open_runtime(settings) as runtime:
        assert (0, runtime.ledger.size, None) == (
            window(runtime).anchored,
            window(runtime).since,
            window(runtime).said,
        )


def test_an_answer_that_comes_back_by_hand_is_kept(settings, authority, witness):
    """A token and a cosigned note that were carried count as what came over the network."""
    with open_runtime(settings) as runtime:
        stored = newest(runtime)
        token = authority.stamp(request_of(stored.note.encode()))
        text = stored.note.rpartition("\n\n")[0] + "\n"
        grow(runtime)
        stamped = accept(runtime, token, "anna")
        cosigned = accept(runtime, (stored.note + witness.cosign(text)).encode(), "anna")

        assert (stored.size, stored.size) == (stamped.size, cosigned.size)
        assert () == verify(runtime).faults


def test_lines_on_paper_are_kept_with_their_place(settings):
    """What was written down is the checkpoint of that size, whatever came after it."""
    with open_runtime(settings) as runtime:
        size = newest(runtime).size
        grow(runtime)
        made = on_paper(runtime, size, "logbook 3, page 12", "anna")
        with runtime.audit.open(made.key) as file:
            kept = json.loads(file.read())

        assert (size, "paper", "anna") == (made.size, made.kind, made.by)
        assert "logbook 3, page 12" == kept["place"]
        assert () == verify(runtime).faults
        with pytest.raises(UsageError, match="no published checkpoint of 999"):
            on_paper(runtime, 999, "logbook 3", "anna")
        with pytest.raises(UsageError, match="one line"):
            on_paper(runtime, size, "page 12\npage 13", "anna")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x30",
        b"\x30\x03\x02\x01\x02",
        b"no note",
        b"\xff\xfe",
        b"one\n2\nAAAA\n\nrest",
    ],
)
def test_what_is_no_anchor_is_refused(settings, answer):
    """Nothing of it is kept, and nothing is recorded."""
    with open_runtime(settings) as runtime:
        size = newest(runtime).size
        with pytest.raises(SignatureError):
            accept(runtime, answer, "anna")
        assert size == newest(runtime).size


def test_a_token_of_another_authority_is_refused(settings, tmp_path):
    """A certificate that nobody named vouches for nothing."""
    stranger = Authority(tmp_path / "stranger")
    with open_runtime(settings) as runtime:
        token = stranger.stamp(request_of(newest(runtime).note.encode()))
        with pytest.raises(SignatureError, match="cannot be believed"):
            accept(runtime, token, "anna")


def test_what_only_looks_like_an_anchor_shuts_no_window(settings, tmp_path):
    """Whoever writes in the store is not the authority; `status` goes on, and `verify` names it."""
    stranger = Authority(tmp_path / "stranger")
    with open_runtime(settings) as runtime:
        stored = newest(runtime)
        origin = runtime.ledger.origin
        planted = {
            anchor_key(origin, stored.size, content, suffix): content
            for content, suffix in (
                (stranger.stamp(request_of(stored.note.encode())), ".tsr"),
                (b"{}", ".paper"),
                (b"[]", ".paper"),
                (text_of(stored.note).encode() + b"\nx\n", ".cosigned"),
            )
        }
        planted[f"{anchors_folder(origin)}README"] = b"put here by hand"
        for key, content in planted.items():
            runtime.audit.put(key, spooled(content))

        assert (0, None) == (window(runtime).anchored, window(runtime).said)
        assert planted.keys() <= {fault.where for fault in verify(runtime).faults}


def test_a_token_over_something_else_is_refused(settings, authority):
    """It is genuine, and of no checkpoint of ours."""
    with open_runtime(settings) as runtime:
        token = authority.stamp(request_of(b"another note"))
        with pytest.raises(SignatureError, match="over no checkpoint of this ledger"):
            accept(runtime, token, "anna")


def test_a_token_with_a_flipped_bit_is_refused(settings, authority):
    """Wherever the bit is, it is not accepted as another moment or another authority."""
    with open_runtime(settings) as runtime:
        token = authority.stamp(request_of(newest(runtime).note.encode()))
        moment = token.index(b"\x18\x0f20")
        changed = token[: moment + 5] + b"9" + token[moment + 6 :]
        with pytest.raises(SignatureError):
            accept(runtime, changed, "anna")


def test_a_cosignature_of_a_stranger_is_refused(settings, witness):
    """A witness that nobody named says nothing."""
    stranger = AWitness(log=witness.log, name="witness.example/two")
    with open_runtime(settings) as runtime:
        stored = newest(runtime)
        text = stored.note.rpartition("\n\n")[0] + "\n"
        with pytest.raises(SignatureError, match="no witness that is known"):
            accept(runtime, (stored.note + stranger.cosign(text)).encode(), "anna")


def test_a_witness_that_is_away_is_on_the_record(settings, authority, witness):
    """What the authority said is kept all the same; the command ends with 6."""
    audit = replace(settings.audit, witnesses=f"{witness.vkey}@http://127.0.0.1:9")
    with open_runtime(replace(settings, audit=audit)) as runtime:
        with pytest.raises(UnavailableError, match="does not answer"):
            anchor_over_network(runtime, "anna")
        types = [e["type"] for e in events_of(runtime)]

        assert 1 == types.count(EventType.ANCHOR_MADE.value)
        assert 1 == types.count(EventType.ANCHOR_FAILED.value)


@pytest.mark.parametrize(
    ("reply", "error", "reason"),
    [
        ((409, b"7000\n"), LedgerError, "has seen 7000 entries"),
        ((409, b"many"), SignatureError, "not its protocol's"),
        ((409, b"9" * 5000), SignatureError, "not its protocol's"),
        ((422, b""), LedgerError, "another history"),
        ((403, b""), SignatureError, "refuses with 403"),
        ((200, "\u2014 witness.example/one AAAA\n".encode()), SignatureError, "not signed by it"),
        ((200, b"x" * (1 << 20) + b"x"), UnavailableError, "larger than any anchor"),
    ],
)
def test_what_a_witness_may_answer(settings, witness, reply, error, reason):
    """Each answer has its own name; none is taken for an anchor."""
    with answering(lambda *_: reply) as address:
        audit = AuditSettings(witnesses=f"{witness.vkey}@{address}")
        with (
            open_runtime(replace(settings, audit=audit)) as runtime,
            pytest.raises(error, match=reason),
        ):
            anchor_over_network(runtime, "anna")


@pytest.mark.parametrize(
    ("audit", "reason"),
    [
        (AuditSettings(timestamp_url="http://tsa.example"), "audit.timestamp_ca is not"),
        (AuditSettings(timestamp_url="ftp://tsa", timestamp_ca="/x"), "is no address"),
        (AuditSettings(timestamp_ca="/nowhere/ca.pem"), "holds no certificates"),
        (AuditSettings(witnesses="nobody+00000000+AAAA"), "no key of a witness"),
    ],
)
def test_settings_that_cannot_be_used_are_named(home, audit, reason):
    """The setting stands in the message."""
    with (
        open_runtime(Settings(home=home, audit=audit)) as runtime,
        pytest.raises(SettingsError, match=reason),
    ):
        anchor_over_network(runtime, "anna")


def test_without_anybody_named_the_command_says_what_to_do(home):
    """Nobody is called who is not named."""
    with (
        open_runtime(Settings(home=home)) as runtime,
        pytest.raises(UsageError, match="nobody is named"),
    ):
        anchor_over_network(runtime, "anna")


def test_a_schedule_asks_only_when_something_is_new(settings):
    """Anchors are events themselves, and would be anchored for ever otherwise."""
    with open_runtime(settings) as runtime:
        grow(runtime)
        assert 2 == len(anchor_if_new(runtime, "autoclave"))
        size = runtime.ledger.size
        assert [] == anchor_if_new(runtime, "autoclave")
        assert size == runtime.ledger.size
        grow(runtime, events=1)
        assert 2 == len(anchor_if_new(runtime, "autoclave"))


def test_a_schedule_asks_nobody_where_nobody_is_named(home):
    """And records no failure for it."""
    with open_runtime(Settings(home=home)) as runtime:
        grow(runtime)
        size = runtime.ledger.size
        assert [] == anchor_if_new(runtime, "autoclave")
        assert size == runtime.ledger.size
