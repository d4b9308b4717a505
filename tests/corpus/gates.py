"""A gate over a clean zone, and decisions that a ledger holds."""

import pytest

from audit import manifest
from audit.evidence import leaf_hash, root_of
from audit.receipts import LedgerReceiptVerifier
from cleanzone.promotion import Candidate, Gate
from custody.digest import digest_of
from custody.errors import NotInLedgerError
from storage.memory import MemoryStore
from tests.corpus.ledgers import SIGNER, put_manifest, record
from tests.corpus.spooled import spooled

CONTENTS = [b"letter %d\n" % n for n in range(6)]


DIGESTS = [digest_of(content) for content in CONTENTS]


def decided(content, **changes):
    """What the assess step says of a content: clean, unless changed."""
    line = {
        "n": CONTENTS.index(content),
        "name": digest_of(b"name" + content),
        "digest": digest_of(content),
        "verdict": "clean",
        "reasons": [],
        "stage": "assessed",
    }
    return line | changes


class Proven:
    """A manifest that a ledger holds: its exact lines and its receipt."""

    def __init__(self, home, ledger, lines, step="assess", shard=1):
        event = put_manifest(home.store, step, lines, shard)
        record(home, ledger, [event])
        self.lines = [manifest.encode_line(line) for line in lines]
        self.receipt = ledger.receipt(event.event_id, event.subject["manifest"])


class Zone:
    """A gate over a clean zone, and what was given back to the spool."""

    def __init__(self, store=None):
        self.store = store or MemoryStore()
        self.discarded = []
        self.gate = Gate(
            self.store,
            LedgerReceiptVerifier(SIGNER.vkey),
            lambda lines: root_of(map(leaf_hash, lines)).hex(),
            lambda copy: self.discarded.append(copy.digest),
        )

    def promote(self, proven, candidates):
        """Promote to the end."""
        return list(self.gate.promote(proven.receipt, proven.lines, candidates))

    @property
    def keys(self):
        """What lies in the clean zone."""
        return [version.key for version in self.store.versions("")]


def candidate(content, **changes):
    """A content as the vault gives it."""
    facts = {"digest": digest_of(content), "spool": lambda: spooled(content)}
    return Candidate(**(facts | changes))


def refused(zone, proven, candidates, error=NotInLedgerError):
    """Check that a promotion is refused and nothing entered; return why."""
    with pytest.raises(error) as caught:
        zone.promote(proven, candidates)
    assert [] == zone.keys
    assert caught.value.next_step
    return str(caught.value)
