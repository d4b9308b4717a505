"""Opening sources: another file system at the place is never read for the registered one."""

from dataclasses import replace

import pytest

from custody.errors import SourceChangedError
from pipeline.readers import check_identity
from tests.corpus.catalogue_rows import source

PACS = source("pacs")


class Standing:
    """A source whose place holds some file system."""

    def __init__(self, identity):
        self._identity = identity

    def identity(self):
        """What stands there."""
        return self._identity


def test_the_registered_file_system_is_accepted():
    """The same file system and root are the same source."""
    check_identity(PACS, Standing(PACS.identity))


@pytest.mark.parametrize("changed", [{"filesystem": "ext4:9"}, {"root": 3}])
def test_another_file_system_at_the_place_is_refused(changed):
    """Neither another disk nor another folder of it passes, and both are shown."""
    with pytest.raises(SourceChangedError) as caught:
        check_identity(PACS, Standing(replace(PACS.identity, **changed)))

    assert str(PACS.identity) in caught.value.reason
    assert "source add" in caught.value.next_step
