"""Our pages from their templates: every value in them is escaped, none is ever markup."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from custody.box import Json

PAGES = Path(__file__).parent / "pages"


def render_page(name: str, **values: Json) -> str:
    """Return the page of a template; a value that it asks for and nobody gave is an error."""
    return _environment().get_template(name).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = environment(PAGES)
    made.filters["moment"] = moment
    return made


def environment(pages: Path) -> Environment:
    """Return what renders the templates of a folder: escaped, and with every value they ask for."""
    return Environment(
        loader=FileSystemLoader(pages),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def moment(told: str | None) -> str | None:
    """Return a time as people read it: UTC, to the second; what is no time, or none, as it is."""
    try:
        at = datetime.fromisoformat(told or "")
    except ValueError:
        return told
    # A day alone has no hour to tell.
    return told if at.tzinfo is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
