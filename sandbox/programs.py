"""Makes programs from their factories before the lock; carries a factory's error to the caller."""

from collections.abc import Iterable, Mapping
from importlib import import_module

import custody.errors
from custody.box import Json, Program, RunProgram
from custody.errors import AutoclaveError, SandboxError
from sandbox.boundary import attempt


def prepare(programs: Iterable[Program]) -> dict[str, RunProgram]:
    """Import and call each factory; what it returns runs after the lock.

    Raises:
        AutoclaveError: as the factory raised it; SandboxError for any other error of a factory.
    """
    return {program.name: _make(program) for program in programs}


def _make(program: Program) -> RunProgram:
    made = attempt(lambda: _call_factory(program))
    if not isinstance(made, BaseException):
        return made
    if isinstance(made, AutoclaveError):
        raise made
    raise SandboxError(
        f"program {program.name} could not be prepared: {type(made).__name__}: {made}",
        next_step="correct the program's parameters or its installation",
    ) from made


def _call_factory(program: Program) -> RunProgram:
    module, _, name = program.factory.partition(":")
    run: RunProgram = getattr(import_module(module), name)(program.params)
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
