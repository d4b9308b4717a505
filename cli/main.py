"""The entry of the command line: runs a command and turns every end into a documented exit code."""

import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from custody.errors import AutoclaveError, ExitCode, InterruptedRunError

logger = logging.getLogger(__name__)


def run() -> NoReturn:
    """Run the command line and leave with its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; errors become one line on stderr.

    Output that nobody reads any more (`| head`) ends quietly.
    """
    from cli.app import app  # noqa: PLC0415  keeps the start of a failing import inside the net

    try:
        result = app(arguments, prog_name="autoclave", standalone_mode=False)
    except AutoclaveError as error:
        return _complain(str(error), error.exit_code)
    except click.UsageError as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        return _complain("interrupted -> run the same command again", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except Exception as error:  # the last net: a defect of ours must end in a line and a code
        logger.debug("internal failure", exc_info=True)
        what = f"internal failure: {type(error).__name__} at {_place(error)}"
        return _complain(
            f"{what} -> run again; if it stays, report it with --debug", ExitCode.FAILED
        )
    return int(result) if isinstance(result, int) else ExitCode.DONE


def _complain(text: str, code: ExitCode) -> int:
    sys.stderr.write(f"autoclave: {text}\n")
    return code


def _place(error: BaseException) -> str:
    """Return file and line of an error: an error's own text could hold a name from a hostile disk."""
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
