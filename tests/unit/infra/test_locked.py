"""What of a lock file a machine needs, by markers and extras."""

import pytest

from infra.bundle.locked import locked_of, needed

HASH = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


def pinned(name, version, marker="", hashes=(HASH,)):
    """A block as the lock file has it."""
    lines = [f"{name}=={version}{marker}", *(f"    --hash={each}" for each in hashes)]
    return " \\\n".join(lines) + "\n    # via something\n"


def test_a_block_is_its_pin_and_all_its_hashes_without_remarks():
    """The requirement that pip is given is the lock file's own, hash by hash."""
    lock = locked_of("# made by a tool\n" + pinned("Some_Thing", "1.2", hashes=(HASH, OTHER)))
    found = lock["some-thing"]

    assert ("1.2", {HASH, OTHER}) == (found.version, found.hashes)
    assert found.requirement.startswith("Some_Thing==1.2 \\\n")
    assert "#" not in found.requirement


@pytest.mark.parametrize("first", [True, False])
def test_of_two_pins_the_one_for_this_python_is_taken(first):
    """In whatever order they stand."""
    both = [
        pinned("numpy", "1.0", " ; python_full_version < '3.0'"),
        pinned("numpy", "2.0", " ; python_full_version >= '3.0'"),
    ]
    lock = locked_of("".join(both if first else reversed(both)))

    assert "2.0" == lock["numpy"].version


@pytest.mark.parametrize(
    "text", [pinned("a", "1", hashes=()), pinned("a", "1") + pinned("a", "2")], ids=["bare", "two"]
)
def test_a_lock_file_that_pins_nothing_for_sure_is_refused(text):
    """Without a hash, or twice for the same machine."""
    with pytest.raises(ValueError, match="pinned"):
        locked_of(text)


REQUIRES = {
    "us": ["web[fast]>=1", "driver ; extra == 'db'", "old ; python_version < '3'"],
    "web": ["core", "loop ; extra == 'fast'", "docs ; extra == 'docs'"],
    "loop": ["web"],
    "driver": ["core"],
}
LOCK = "".join(pinned(name, "1") for name in ("web", "core", "loop", "driver", "docs", "old", "x"))


@pytest.mark.parametrize(
    ("extras", "expected"),
    [((), ["core", "loop", "web"]), (("db",), ["core", "driver", "loop", "web"])],
)
def test_needed_is_what_follows_and_nothing_else(extras, expected):
    """Circles end, extras of dependencies count, markers leave out; tests' tools stay behind."""
    found = needed("Us", extras, lambda name: REQUIRES.get(name, ()), locked_of(LOCK))

    assert expected == [each.name for each in found]


def test_what_the_lock_file_lacks_is_named():
    """A bundle without it would fail on the machine that has no network."""
    with pytest.raises(LookupError, match="driver"):
        needed(
            "us",
            ["db"],
            lambda name: REQUIRES.get(name, ()),
            locked_of(pinned("web", "1") + pinned("core", "1") + pinned("loop", "1")),
        )
