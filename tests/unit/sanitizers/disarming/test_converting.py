"""Converting without a converter: held, and the reason says what is missing."""

from collections.abc import Callable

import pytest

from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.office.confined import TooSlowError, patiently
from sanitizers.disarming.office.converting import CONVERTER
from sanitizers.disarming.registry import CONVERTED, converter_of, has_disarmer


def test_without_libreoffice_old_documents_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs that are not installed are named."""
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(CannotDisarmError, match="no converter: soffice and bwrap not installed"):
        CONVERTER.convert(b"x", "application/msword")
    assert "none" == CONVERTER.version()


def test_a_type_that_it_does_not_convert_is_held() -> None:
    """Nothing is guessed."""
    with pytest.raises(CannotDisarmError, match="no converter for this type"):
        CONVERTER.convert(b"x", "application/vnd.ms-outlook")


@pytest.mark.parametrize("media_type", CONVERTED)
def test_every_type_of_the_table_is_known_to_its_converter(media_type: str) -> None:
    """No type is promised to be converted by a module that does not."""
    assert has_disarmer(media_type)
    assert converter_of(media_type) is CONVERTER


def _done_within(least: float, tried: list[float]) -> Callable[[float], bytes]:
    def work(seconds: float) -> bytes:
        tried.append(seconds)
        if seconds < least:
            raise TooSlowError("too slow")
        return b"made"

    return work


def test_what_took_too_long_is_tried_once_more() -> None:
    """With twice the time: the machine may have been busy."""
    tried: list[float] = []

    assert patiently(_done_within(15, tried), 10) == b"made"
    assert tried == [10, 20]


def test_what_takes_too_long_twice_is_held() -> None:
    """No document is tried for ever."""
    tried: list[float] = []

    with pytest.raises(CannotDisarmError, match="too slow"):
        patiently(_done_within(60, tried), 10)
    assert tried == [10, 20]
