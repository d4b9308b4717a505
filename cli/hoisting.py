"""Global options may stand anywhere on the command line; the parser wants them first."""

from collections.abc import Sequence

VALUED = ("--home",)
FLAGS = ("--debug",)


def hoist(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the global options moved to the front; `--` ends the search."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            return [*first, *rest, argument, *waiting]
        if argument in VALUED:
            first.append(argument)
            first.extend(value for value in [next(waiting, None)] if value is not None)
        elif argument in FLAGS or argument.startswith(tuple(f"{name}=" for name in VALUED)):
            first.append(argument)
        else:
            rest.append(argument)
    return [*first, *rest]
