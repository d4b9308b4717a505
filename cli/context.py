"""Opens the home that a command works on and says which one it is."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import typer

from cli.options import global_options
from cli.output import say
from pipeline.settings import Settings, read_settings
from pipeline.wiring import Runtime, open_runtime


def settings_of(
    context: typer.Context, *, workers: int | None = None, passwords: str | None = None
) -> Settings:
    """Return the settings of the home that the command line, or else the environment, names."""
    settings = read_settings(global_options(context).home)
    if workers is not None:
        settings = replace(settings, run=replace(settings.run, workers=workers))
    if passwords is not None:
        settings = replace(settings, archives=replace(settings.archives, passwords=passwords))
    return settings


@contextlib.contextmanager
def opened(
    context: typer.Context, *, workers: int | None = None, passwords: str | None = None
) -> Iterator[Runtime]:
    """Open the home and close it at the end; its place is the first line on stderr."""
    settings = settings_of(context, workers=workers, passwords=passwords)
    say(f"home: {settings.home}")
    with open_runtime(settings) as runtime:
        yield runtime
