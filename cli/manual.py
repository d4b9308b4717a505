"""Writes docs/cli.md from the help of every command: `python -m cli.manual > docs/cli.md`."""

import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from cli.app import PLACES, app
from custody.errors import EXIT_MEANINGS

HEAD = """\
# Command line

Written by `python -m cli.manual` from the help of the commands; a test holds both equal. What a
command prints on stdout is its answer; progress, hints and the home's place go to stderr. With
`--json` stdout holds JSON and nothing else, and names from hostile disks are escaped everywhere
(their exact bytes stand beside them as base64).
"""


def manual() -> str:
    """Return the whole page."""
    parts = [HEAD, *_global_options(), *_index()]
    for place in PLACES:
        parts += _command(f"autoclave {place.name}", place.load(), "##")
    return "\n".join(parts).rstrip() + "\n"


def commands() -> list[str]:
    """Return every command as it is typed, without its options: "recover", "people add"."""
    found = []
    for place in PLACES:
        loaded = place.load()
        subcommands = getattr(loaded, "commands", {})
        alone = not subcommands or loaded.invoke_without_command
        found += [place.name] if alone else []
        found += [f"{place.name} {name}" for name in subcommands]
    return found


def _global_options() -> Iterator[str]:
    command = get_command(app)
    yield _paragraphs(command.help)
    yield "## Global options\n"
    yield "They may stand anywhere on the line.\n"
    yield from _options(command)
    yield "## Exit codes\n"
    yield "| code | means |\n|---|---|"
    yield from (f"| {code.value} | {meaning} |" for code, meaning in EXIT_MEANINGS.items())
    yield ""


def _index() -> Iterator[str]:
    yield "## Commands\n"
    yield "| command | does |\n|---|---|"
    yield from (f"| [`{p.name}`](#autoclave-{p.name}) | {p.summary} |" for p in PLACES)
    yield ""


def _command(name: str, command: Any, mark: str) -> Iterator[str]:
    yield f"{mark} {name}\n"
    yield _paragraphs(command.help)
    subcommands = getattr(command, "commands", {})
    if subcommands:
        if command.invoke_without_command:
            yield f"```\n{name} [OPTIONS]\n```\n"
            yield from _options(command)
            yield f"{command.epilog}\n"
        for own, subcommand in subcommands.items():
            yield from _command(f"{name} {own}", subcommand, f"{mark}#")
        return
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [_argument_word(argument) for argument in arguments]
    yield f"```\n{' '.join([name, '[OPTIONS]', *words])}\n```\n"
    yield from _options(command)
    yield f"{command.epilog}\n"


def _options(command: Any) -> Iterator[str]:
    rows = [row for parameter in command.params for row in _row(parameter)]
    if rows:
        yield "| | means |\n|---|---|"
        yield from (f"| `{_cell(word)}` | {_cell(text)} |" for word, text in rows)
        yield ""


def _row(parameter: Any) -> Iterator[tuple[str, str]]:
    if parameter.name == "help":
        return
    text = parameter.help or ""
    if parameter.param_type_name == "argument":
        yield _argument_word(parameter), text
        return
    word = ", ".join(parameter.opts)
    if not parameter.is_flag:
        word += f" {parameter.metavar or str(parameter.name).upper().replace('_', '-')}"
    yield word, f"Required. {text}" if parameter.required else text


def _argument_word(argument: Any) -> str:
    return argument.metavar or (
        argument.name.upper() if argument.required else f"[{argument.name.upper()}]"
    )


def _paragraphs(text: str | None) -> str:
    return f"{(text or '').strip()}\n"


def _cell(text: str) -> str:
    """Return a text for a table's cell, where a bar would end the cell."""
    return " ".join(text.replace("|", "\\|").split())


if __name__ == "__main__":
    sys.stdout.write(manual())
