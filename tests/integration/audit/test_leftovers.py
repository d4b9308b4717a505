"""Tiles that later ones replaced stay as they were, or are named."""

import pytest

from audit.tiles import read, spooled
from audit.verification import verify
from tests.corpus.ledgers import SIGNER, a_home, an_event, open_ledger, record


@pytest.fixture(params=[3, 290], ids=["grown", "full since"])
def grown(request, tmp_path):
    """A ledger that grew within a tile, or beyond it, whose older tiles a crash left there."""
    made = a_home(tmp_path / "home")
    ledger = open_ledger(made)
    record(made, ledger, [an_event(n) for n in range(5)])
    left = {v.key: read(made.store, v.key) for v in made.store.versions("log/") if ".p/" in v.key}
    record(made, ledger, [an_event(n) for n in range(5, 5 + request.param)])
    passed = [key for key in left if read(made.store, key) is None]
    for key in passed:
        made.store.put(key, spooled(left[key]))
    yield made, passed
    made.catalogue.close()


def test_what_stood_there_before_is_no_fault(grown):
    """Hashes and entries, each the beginning of what stands there now."""
    home, left = grown

    assert {"0", "entries"} == {key.split("/")[-3] for key in left}
    assert () == verify(home.catalogue, home.store, SIGNER.vkey).faults


def test_every_changed_byte_of_what_stood_there_is_named(grown):
    """One flipped bit anywhere in a superseded tile is found, and so is a cut."""
    home, left = grown
    for key in left:
        sound = read(home.store, key)
        changed = [sound[:-1], sound + b"\0"]
        changed += [
            sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :] for at in range(len(sound))
        ]
        for content in changed[:: max(1, len(changed) // 40)]:
            home.store.delete(key, newest(home, key))
            home.store.put(key, spooled(content))
            (fault,) = verify(home.catalogue, home.store, SIGNER.vkey).faults
            assert key in fault
        home.store.delete(key, newest(home, key))
        home.store.put(key, spooled(sound))


def newest(home, key):
    """The version of a key that stands there."""
    return [v.version for v in home.store.versions(key) if v.key == key][-1]
