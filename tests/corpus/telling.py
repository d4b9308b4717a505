"""What a command's environment says and a flow run does not hear, put where both read it."""

from collections.abc import Iterable
from pathlib import Path

SECTION = "[run]"
PREFIX = "AUTOCLAVE_RUN_"


def tell_settings(home: Path, settings: Iterable[tuple[str, str]]) -> None:
    """Put how runs are cut into a home's settings file, once."""
    lines = [
        f"{name.removeprefix(PREFIX).lower()} = {value}"
        for name, value in settings
        if name.startswith(PREFIX)
    ]
    place = home / "autoclave.toml"
    text = place.read_text() if place.exists() else ""
    if lines and SECTION not in text:
        place.write_text("\n".join([text, SECTION, *lines, ""]))
