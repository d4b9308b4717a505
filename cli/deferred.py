"""Commands that are imported when they are called, so that help and errors come at once."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandPlace:
    """Where a command is found, and the line that the list of commands shows for it."""

    name: str
    module: str
    summary: str
    attribute: str = "app"

    def load(self) -> Any:
        """Import the command and return it as the parser wants it."""
        application: typer.Typer = getattr(import_module(self.module), self.attribute)
        command = get_command(application)
        command.name = self.name
        return command


class DeferredGroup(TyperGroup):
    """A group whose commands are stand-ins until one of them is called."""

    places: dict[str, CommandPlace]

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the command that the arguments name, imported now."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, self.places[name].load() if name else stand_in, rest


def deferred_group(*places: CommandPlace) -> type[DeferredGroup]:
    """Return a group class over these commands."""
    found = {place.name: place for place in places}
    return type("Commands", (DeferredGroup,), {"places": found})
