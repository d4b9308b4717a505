"""Validates files of records on this machine without taking them in: nothing is stored."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from custody.box import Answer, Box, Failure, Job, Lane, Program, Reply
from custody.errors import UsageError
from custody.records import Counts
from pipeline.opened_files import OpenedFile, open_file
from sandbox.pool import Pool
from sandbox.unsafe import UnsafeNoSandbox
from schemas.interface import ReasonClass
from schemas.program import NAME
from schemas.registry import all_schemas, built_in_contracts, schema_named
from schemas.report import Group, Report, decode_report
from schemas.tabular.contract_file import read_contract

SECONDS = 60.0
BYTES_A_SECOND = 1024 * 1024
# Keys of large tables are remembered: 64-bit hashes of some million rows.
MEMORY = 3 * 1024**3
NOTHING = Counts(read=0, accepted=0, refused=0, flagged=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """What files are to be validated by: a schema's name or nothing, contracts, a day.

    `definitions` is a folder of official schemas, as a hospital supplies them.
    """

    today: date
    schema: str = ""
    contracts: tuple[Path, ...] = ()
    definitions: Path | None = None
    sandboxed: bool = True
    workers: int = 1
    programs: tuple[Program, ...] = field(init=False)

    def __post_init__(self) -> None:
        program = Program(
            name=NAME,
            factory="schemas.program:prepare",
            lane=Lane.FORKED,
            params={
                "contracts": [str(path.absolute()) for path in self.contracts],
                "definitions": [str(self.definitions.absolute())] if self.definitions else [],
            },
        )
        object.__setattr__(self, "programs", (program,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedFile:
    """What one file's records came to."""

    path: bytes
    report: Report


def planned(
    schema: str | None,
    *,
    today: date,
    definitions: Path | None = None,
    sandboxed: bool = True,
) -> Validation:
    """Return how to validate by what the operator named: a schema, a contract's file, or nothing.

    Raises:
        UsageError: there is no such schema or folder, or the file is no contract.
    """
    if definitions is not None and not definitions.is_dir():
        raise UsageError(
            f"{definitions} is no folder", next_step="name the folder of the official definitions"
        )
    name, contracts = "", tuple[Path, ...]()
    if schema and schema.endswith((".yaml", ".yml", ".json")):
        name, contracts = read_contract(Path(schema)).name, (Path(schema),)
    elif schema:
        name = _known(schema)
    return Validation(
        today=today,
        schema=name,
        contracts=contracts,
        definitions=definitions,
        sandboxed=sandboxed,
    )


def _known(schema: str) -> str:
    known = all_schemas(built_in_contracts())
    if schema_named(schema, known) is None:
        names = ", ".join(found.name for found in known)
        raise UsageError(
            f"there is no schema {schema}", next_step=f"name one of {names}, or a file"
        )
    return schema


def validate_files(validation: Validation, paths: Sequence[bytes]) -> Iterator[ValidatedFile]:
    """Yield what the records of each file came to, in order.

    Raises:
        UsageError: a path is no regular file.
        SourceError: a file cannot be read.
        SandboxError: this machine cannot lock a process.
    """
    kind = Pool if validation.sandboxed else UnsafeNoSandbox
    box = kind(validation.programs, workers=validation.workers, forked_memory=MEMORY)
    with box:
        for path in paths:
            with ExitStack() as opened:
                file = open_file(opened, path)
                yield ValidatedFile(path=path, report=_validated(validation, box, file))


def _validated(validation: Validation, box: Box, file: OpenedFile) -> Report:
    job = Job(
        program=NAME,
        content=file.content,
        params={"declared": validation.schema, "today": validation.today.isoformat()},
        seconds=SECONDS + file.size / BYTES_A_SECOND,
    )
    return read_reply(next(iter(box.run([job]))), validation.schema)


def read_reply(reply: Reply, schema: str) -> Report:
    """Return the report of a reply; no reply, or one of the wrong shape, is a report of nothing."""
    match reply:
        case Answer(untrusted_value=value):
            try:
                return decode_report(value)
            except ValueError:
                return _unread(schema, "answered out of protocol")
        case Failure():
            detail = f": {reply.detail}" if reply.detail else ""
            return _unread(schema, f"{reply.code.value}{detail}")


def _unread(schema: str, reason: str) -> Report:
    group = Group(code="GEN-001", reason_class=ReasonClass.INTEGRITY, count=1)
    return Report(schema=schema, media_type="", counts=NOTHING, groups=(group,), unread=reason)
