"""Pages from their templates: every value is escaped, and hidden characters become visible."""

import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from markupsafe import Markup

from cleanzone.rendering import environment
from custody.names import BLANK_RANGES, HIDDEN_CATEGORIES

PAGES = Path(__file__).parent / "pages"
UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
KIBI = 1024


def render_page(name: str, /, **values: Any) -> str:
    """Return the page of a template; a value that it asks for and nobody gave is an error."""
    return _environment().get_template(name).render(**values)


def visible(value: Any) -> Any:
    r"""Return a value with its hidden characters as `\uNNNN`; what is markup of ours stays.

    Names and details are escaped where they are read. This is for every other word that came from
    a hostile disk or a person: none acts on a page, turns its direction, or is no Unicode.
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return value if value.isascii() and value.isprintable() else "".join(map(_shown, value))


def _shown(character: str) -> str:
    code = ord(character)
    hidden = unicodedata.category(character) in HIDDEN_CATEGORIES
    if hidden or any(first <= code <= last for first, last in BLANK_RANGES):
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character


def moment(value: datetime) -> str:
    """Return a moment to the minute, in UTC."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def number(value: int) -> str:
    """Return a count with its thousands apart, alike in both languages: a thin space."""
    return f"{value:,}".replace(",", "\u202f")


def size(value: int | None) -> str:
    """Return a size in binary units."""
    if value is None or value < KIBI:
        return "-" if value is None else f"{value} B"
    scaled, unit = value / KIBI, 0
    while scaled >= KIBI and unit < len(UNITS) - 1:
        scaled, unit = scaled / KIBI, unit + 1
    return f"{scaled:.1f} {UNITS[unit]}"


def query(**values: Any) -> str:
    """Return the end of an address that asks for some values, without the empty ones."""
    given = {name: str(value) for name, value in values.items() if value}
    return f"?{urlencode(given, errors='replace')}" if given else ""


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = environment(PAGES)
    made.finalize = visible
    made.filters.update(moment=moment, number=number, size=size)
    made.globals.update(query=query)
    return made
