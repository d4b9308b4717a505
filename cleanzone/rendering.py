"""Our pages from their templates: every value in them is escaped, none is ever markup."""

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
    return Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
