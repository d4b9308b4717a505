"""The keys of a home: made once, private, apart for each case and host, and gone when forgotten."""

import os
import stat
import threading

import pytest

from custody.errors import ObjectMissingError, StoreError
from pipeline.keys import KEY_BYTES, KeyRing, naming_key_id


def test_keys_are_made_once_and_stay(tmp_path):
    """Another start reads the same keys."""
    first, second = KeyRing(tmp_path), KeyRing(tmp_path)

    assert first.ledger_seed() == second.ledger_seed()
    assert first.cache_key() == second.cache_key()
    assert first.naming("case", "host") == second.naming("case", "host")


def test_every_key_is_another(tmp_path):
    """No key serves two purposes or two hosts, and a host of another case is another host."""
    ring = KeyRing(tmp_path)
    a, b, c = (ring.naming(*who) for who in (("case", "a"), ("case", "b"), ("other", "a")))
    secrets = [ring.ledger_seed(), ring.cache_key()]
    secrets += [part for keys in (a, b, c) for part in (keys.coding, keys.sealing)]

    assert len(secrets) == len(set(secrets))
    assert {KEY_BYTES} == set(map(len, secrets))
    assert 3 == len({keys.key_id for keys in (a, b, c)})


def test_case_and_host_cannot_be_shifted():
    """The border between case and host is part of the id."""
    assert naming_key_id("ab", "c") != naming_key_id("a", "bc")


def test_keys_are_for_their_owner_only(tmp_path):
    """Every file has mode 0600, and its name tells no case and no host."""
    ring = KeyRing(tmp_path)
    ring.ledger_seed()
    ring.naming("case", "srv-radiology")

    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert not any("radiology" in path.name for path in tmp_path.iterdir())


def test_a_new_home_has_no_ledger_key(tmp_path):
    """Whether the key was made can be asked without making it."""
    ring = KeyRing(tmp_path)

    assert not ring.has_ledger_seed
    ring.ledger_seed()
    assert ring.has_ledger_seed


def test_a_naming_key_is_found_by_its_id(tmp_path):
    """Who reads names knows the id alone."""
    keys = KeyRing(tmp_path).naming("case", "host")

    assert keys == KeyRing(tmp_path).by_id(keys.key_id)


def test_asking_for_an_id_makes_no_key(tmp_path):
    """A key that was erased does not come back as another one."""
    with pytest.raises(ObjectMissingError) as caught:
        KeyRing(tmp_path).by_id(naming_key_id("case", "host"))

    assert "backup" in caught.value.next_step
    assert [] == list(tmp_path.iterdir())


def test_a_forgotten_key_is_gone(tmp_path):
    """Neither this ring nor another can open what it sealed, and a new one is another."""
    ring = KeyRing(tmp_path)
    keys = ring.naming("case", "host")

    ring.forget(keys.key_id)

    for each in (ring, KeyRing(tmp_path)):
        with pytest.raises(ObjectMissingError):
            each.by_id(keys.key_id)
    assert keys.sealing != ring.naming("case", "host").sealing
    ring.forget(naming_key_id("case", "never there"))


def test_what_a_crash_left_of_a_key_is_forgotten_too(tmp_path):
    """A power cut while a key is made can leave a second name for it; erasure means both."""
    ring = KeyRing(tmp_path)
    keys = ring.naming("case", "host")
    (made,) = tmp_path.iterdir()
    made.with_name(f"{made.name}.0123456789abcdef").hardlink_to(made)

    ring.forget(keys.key_id)

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", bytes(31), bytes(33)])
def test_a_damaged_key_is_refused(tmp_path, content):
    """A cut key file is not stretched into a key."""
    (tmp_path / "ledger.key").write_bytes(content)

    with pytest.raises(StoreError, match=r"ledger\.key is damaged"):
        KeyRing(tmp_path).ledger_seed()


def test_a_key_that_cannot_be_made_is_a_store_error(tmp_path):
    """A missing folder ends in a next step and leaves nothing behind."""
    with pytest.raises(StoreError) as caught:
        KeyRing(tmp_path / "nowhere").ledger_seed()

    assert caught.value.next_step
    assert [] == list(tmp_path.iterdir())


def test_a_key_that_is_a_folder_is_a_store_error(tmp_path):
    """What cannot be read is named by its place."""
    (tmp_path / "ledger.key").mkdir()

    with pytest.raises(StoreError, match="cannot be read"):
        KeyRing(tmp_path).ledger_seed()


def test_two_that_start_together_agree(tmp_path):
    """Whoever comes second takes the key of who came first; no temporary file stays."""
    rings = [KeyRing(tmp_path) for _ in range(8)]
    seeds = []
    together = threading.Barrier(len(rings))

    def ask(ring):
        together.wait(10)
        seeds.append(ring.ledger_seed())

    threads = [threading.Thread(target=ask, args=(ring,)) for ring in rings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (8, 1) == (len(seeds), len(set(seeds)))
    assert ["ledger.key"] == os.listdir(tmp_path)  # noqa: PTH208  names, no paths
