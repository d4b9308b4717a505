"""The home: one folder with everything in it, for its owner only."""

import stat

import pytest

from custody.errors import StoreError
from pipeline.home import Home


def test_a_home_is_made_with_all_its_folders_for_the_owner_only(tmp_path):
    """Every folder is there after `make`, and nobody else can look inside."""
    home = Home(root=tmp_path / "deep" / "home")

    home.make()

    folders = [home.vault, home.clean, home.audit, home.names, home.spool, home.keys]
    folders += [home.root, home.rules, home.cache, home.locks]
    assert {0o700} == {stat.S_IMODE(folder.stat().st_mode) for folder in folders}


def test_no_two_things_share_a_place(tmp_path):
    """Vault, clean zone and ledger never lie in one another."""
    home = Home(root=tmp_path)
    places = [home.vault, home.clean, home.audit, home.names, home.spool, home.keys]
    places += [home.rules, home.cache, home.catalogue, home.ledger_lock]

    assert len(places) == len(set(places))
    assert {tmp_path} == {place.parent for place in places}


def test_making_a_home_again_changes_nothing(tmp_path):
    """What lies in a home stays when it is opened again."""
    home = Home(root=tmp_path / "home")
    home.make()
    (home.vault / "object").write_bytes(b"content")

    home.make()

    assert b"content" == (home.vault / "object").read_bytes()


@pytest.mark.parametrize("place", ["file", "file/home"])
def test_a_file_in_the_way_is_a_store_error(tmp_path, place):
    """A home that cannot be made is named, with what to do."""
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreError) as caught:
        Home(root=tmp_path / place).make()

    assert str(tmp_path / place) in caught.value.reason
    assert "--home" in caught.value.next_step
