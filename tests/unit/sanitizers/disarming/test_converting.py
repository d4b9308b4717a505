"""Converting without a converter: held, and the reason says what is missing."""

import pytest

from sanitizers.disarming.interface import CannotDisarmError
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
