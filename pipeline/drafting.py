"""Drafts a contract from a table on this machine, in the box; a person corrects it."""

import json
from contextlib import ExitStack

import yaml

from custody.box import Answer, Job, Json, Lane, Program, Reply
from custody.errors import UsageError
from custody.names import escape
from pipeline.opened_files import open_file
from pipeline.validating import BYTES_A_SECOND, SECONDS
from sandbox.pool import Pool
from sandbox.unsafe import UnsafeNoSandbox
from schemas.program import DRAFT
from schemas.tabular.contract_file import parse_contract

PROGRAM = Program(name=DRAFT, factory="schemas.program:prepare_draft", lane=Lane.FORKED)
NEXT_STEP = "name a table with a heading; other formats need no contract"


def draft_contract(path: bytes, *, sandboxed: bool = True) -> str:
    """Return a contract for a table as YAML.

    Raises:
        UsageError: the path is no regular file, or no table with a heading.
        SourceError: it cannot be read.
        SandboxError: this machine cannot lock a process.
    """
    kind = Pool if sandboxed else UnsafeNoSandbox
    with ExitStack() as opened:
        file = open_file(opened, path)
        box = opened.enter_context(kind((PROGRAM,), workers=1))
        seconds = SECONDS + file.size / BYTES_A_SECOND
        job = Job(program=DRAFT, content=file.content, seconds=seconds)
        return _written(next(iter(box.run([job]))), path)


def _written(reply: Reply, path: bytes) -> str:
    """Return a reply as YAML, read back first: what the box says has to be a contract."""
    fields: Json = reply.untrusted_value if isinstance(reply, Answer) else None
    descriptor = fields.get("contract") if isinstance(fields, dict) else None
    if not isinstance(descriptor, dict):
        told = fields.get("fault") if isinstance(fields, dict) else None
        reason = told if isinstance(told, str) else "it could not be read"
        raise UsageError(
            f"no contract can be drafted from {escape(path)}: {escape(reason.encode())}",
            next_step=NEXT_STEP,
        )
    parse_contract(json.dumps(descriptor), "the draft")
    text: str = yaml.safe_dump(descriptor, allow_unicode=True, sort_keys=False, width=100)
    return text
