"""Trees of a source, as a test lists and opens them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from custody.entry import Entry, NotTakenReason
from quarantine.directory import DirectorySource
from quarantine.interface import NotReadableError


@contextmanager
def powerless() -> Iterator[None]:
    """Run as a user whom permissions bind."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def listed(root: Path) -> list[Entry]:
    """Return all entries of a folder."""
    with DirectorySource(root) as source:
        return list(source.walk())


def only(root: Path) -> Entry:
    """Return the single entry of a folder."""
    (entry,) = listed(root)
    return entry


def refusal(source: DirectorySource, entry: Entry) -> NotTakenReason:
    """Return why an entry is not opened."""
    with pytest.raises(NotReadableError) as caught:
        source.open(entry)
    return caught.value.why
