"""Outlook stores without libpff, and broken ones with it: always a named fault, never silence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, UnsupportedError
from sanitizers.containers import outlook_store
from sanitizers.containers.outlook_store import libpff_version, unpack
from sanitizers.limits import DEFAULT_LIMITS
from tests.corpus.mails import store


def test_without_libpff_the_reason_says_what_to_install(monkeypatch) -> None:
    """The store is not read, and whoever reads the reason knows the next step."""
    monkeypatch.setattr(outlook_store, "pypff", None)

    with pytest.raises(UnsupportedError, match=r"pip install 'autoclave\[pst\]'"):
        list(unpack(store(), DEFAULT_LIMITS))
    assert "no libpff" == libpff_version()


def test_the_version_of_the_library_is_told() -> None:
    """What it reads may change with it, so that it belongs into the profile."""
    pytest.importorskip("pypff")

    assert libpff_version().startswith("libpff 20")


@pytest.mark.parametrize(
    "content", [b"", b"!BDN", store(), store(version=14), store(version=36), store()[:600]]
)
def test_a_store_that_is_none_is_a_named_fault(content: bytes) -> None:
    """Empty, cut, and headers with nothing behind them, of every version."""
    pytest.importorskip("pypff")

    with pytest.raises(FormatError):
        list(unpack(content, DEFAULT_LIMITS))


@settings(max_examples=150, deadline=None)
@given(st.integers(8, 4000), st.binary(min_size=1, max_size=64), st.sampled_from([14, 23, 36]))
def test_any_header_ends_in_parts_or_a_named_fault(at: int, put: bytes, version: int) -> None:
    """Whatever the bindings raise, nothing else leaves the reader."""
    pytest.importorskip("pypff")
    content = store(version=version)
    with pytest.raises(FormatError):
        list(unpack(content[:at] + put + content[at + len(put) :], DEFAULT_LIMITS))
