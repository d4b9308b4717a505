"""The entry of the command line: runs a command and turns every end into a documented exit code."""

import io
import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import typer
from typer.main import get_command

from cli.app import app
from cli.hoisting import hoist
from cli.output import say, writing
from cli.plain_words import check_words
from custody.errors import AutoclaveError, ExitCode, InterruptedRunError

logger = logging.getLogger(__name__)

AGAIN = "interrupted -> run the same command again"


def run() -> NoReturn:
    """Run the command line and leave with its exit code."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors become one line on stderr."""
    _log(debug="--debug" in arguments)
    try:
        return _invoke(arguments)
    except AutoclaveError as error:
        return _complain(str(error), error.exit_code)
    except typer.TyperException as error:
        return _complain_of_usage(error)
    except (typer.Abort, KeyboardInterrupt):
        return _complain(AGAIN, ExitCode.INTERRUPTED)
    except Exception as error:  # the last net: a defect of ours must end in a line and a code
        logger.debug("internal failure", exc_info=True)
        what = f"internal failure: {type(error).__name__} at {_place(error)}"
        return _complain(
            f"{what} -> run again; if it stays, report it with --debug", ExitCode.FAILED
        )


def _invoke(arguments: list[str]) -> int:
    """Parse and run; the parser's own way to run would turn signals and pipes into other codes."""
    command = get_command(app)
    check_words(arguments)
    try:
        with command.make_context("autoclave", hoist(arguments)) as context:
            result = command.invoke(context)
    except typer.Exit as end:
        result = end.exit_code
    with writing():
        sys.stdout.flush()
    return int(result) if isinstance(result, int) else ExitCode.DONE


def _complain(text: str, code: ExitCode) -> int:
    say(f"autoclave: {text}")
    return code


def _complain_of_usage(error: typer.TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "autoclave"
    message = error.format_message().strip().rstrip(".")
    return _complain(f"{message} -> see `{command} --help`", ExitCode.USAGE)


def _log(*, debug: bool) -> None:
    logging.basicConfig(
        level=logging.INFO if debug else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    for package in ("cli", "pipeline", "sandbox", "quarantine", "sanitizers", "audit"):
        logging.getLogger(package).setLevel(logging.DEBUG if debug else logging.WARNING)


def _place(error: BaseException) -> str:
    """Return file and line of an error: its own text could hold a name from a hostile disk."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    return f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119  a code object's name is text


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise InterruptedRunError("stopped by a signal", next_step="run the same command again")


if __name__ == "__main__":
    run()
