"""Makes programs from their factories before the lock; carries a factory's error to the caller."""

from collections.abc import Iterable, Mapping
from importlib import import_module

import custody.errors
from custody.box import Json, Program, RunProgram
from custody.errors import AutoclaveError, SandboxError


def prepare(programs: Iterable[Program]) -> dict[str, RunProgram]:
    """Import and call each factory; what it returns runs after the lock.

    Raises:
        AutoclaveError: as the factory raised it; SandboxError for any other error of a factory.
    """
    return {program.name: _make(program) for program in programs}


def _make(program: Program) -> RunProgram:
    module, _, name = program.factory.partition(":")
    try:
        run: RunProgram = getattr(import_module(module), name)(program.params)
    except AutoclaveError:
        raise
    except Exception as error:  # a factory is a stranger here: all it raises is told
        raise SandboxError(
            f"program {program.name} could not be prepared: {type(error).__name__}: {error}",
            next_step="correct the program's parameters or its installation",
        ) from error
    return run


def encode_program(program: Program) -> dict[str, Json]:
    """Return a program as a JSON object; its lane is implied by the process that gets it."""
    return {"name": program.name, "factory": program.factory, "params": dict(program.params)}


def encode_error(error: AutoclaveError) -> dict[str, str]:
    """Return an error as a JSON object."""
    return {
        "error": type(error).__name__,
        "reason": error.reason,
        "next_step": error.next_step,
    }


def decode_error(fields: Mapping[str, Json]) -> AutoclaveError:
    """Return the error that a process was refused with; an unknown class becomes SandboxError."""
    found = getattr(custody.errors, str(fields.get("error")), None)
    known = isinstance(found, type) and issubclass(found, AutoclaveError)
    kind = found if known and found is not None else SandboxError
    error: AutoclaveError = kind(
        str(fields.get("reason", "")), next_step=str(fields.get("next_step", ""))
    )
    return error
