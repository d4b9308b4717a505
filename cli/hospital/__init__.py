"""A small invented hospital after an attack, for `autoclave demo` and tests; all of it inert."""

from cli.hospital.building import build, shares
from cli.hospital.planted import Condition, DemoSource, Planted, Share

__all__ = ["Condition", "DemoSource", "Planted", "Share", "build", "shares"]
