"""The first code of a process of the box: prepares its programs, locks itself, and serves."""

import codecs
import gc
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from custody.box import Json, Lane, Program, RunProgram
from custody.errors import AutoclaveError
from sandbox import limits, lockdown, programs, wire
from sandbox.lockdown import Confinement
from sandbox.seccomp import Variant
from sandbox.service import Service, write_all
from sandbox.wire import ReplyKind
from sandbox.zygote import Zygote

SETUP_SIZE_BYTES = 8
WIRE = 3
# Those of texts and names in Western Europe's documents; others are a factory's matter.
ENCODINGS = (
    "utf-8-sig",
    "utf-16-le",
    "utf-16-be",
    "utf-32-le",
    "utf-32-be",
    "utf-7",
    "cp437",
    "cp850",
    "cp1250",
    "cp1252",
    "iso8859-15",
    "mac-roman",
    "unicode-escape",
    "base64",
    "quopri",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a process is told before anything else; it comes from the caller and is trusted."""

    lane: Lane
    programs: tuple[Program, ...]
    confinement: Confinement


def encode_setup(setup: Setup) -> bytes:
    """Return a setup as one frame."""
    text = json.dumps(
        {
            "lane": setup.lane.value,
            "programs": [programs.encode_program(p) for p in setup.programs],
            "memory": setup.confinement.memory,
            "parent": setup.confinement.parent,
            "locked": setup.confinement.locked,
        }
    ).encode()
    return len(text).to_bytes(SETUP_SIZE_BYTES, "little") + text


def decode_setup(fields: Mapping[str, Json]) -> Setup:
    """Return a setup from its JSON object."""
    lane = Lane(fields["lane"])
    confinement = Confinement(
        variant=Variant.RESIDENT if lane is Lane.RESIDENT else Variant.FORKED,
        memory=fields["memory"],
        parent=fields["parent"],
        locked=fields["locked"],
    )
    made = tuple(Program(lane=lane, **program) for program in fields["programs"])
    return Setup(lane=lane, programs=made, confinement=confinement)


def receive_setup(connection: socket.socket) -> Setup:
    """Read the setup frame, whole."""
    size = int.from_bytes(connection.recv(SETUP_SIZE_BYTES, socket.MSG_WAITALL), "little")
    return decode_setup(json.loads(connection.recv(size, socket.MSG_WAITALL)))


def main(descriptor: int, parent: int) -> None:
    """Run a process of the box to its end; it never returns to its caller's code."""
    lockdown.follow_parent(parent)
    lockdown.restore_signals()
    descriptor = lowest_descriptor(descriptor)
    connection = socket.socket(fileno=descriptor)
    setup = receive_setup(connection)
    try:
        warm_interpreter()
        prepared = programs.prepare(setup.programs)
        # Collecting what the factories made would cost each sample, and copy it in each child.
        gc.collect()
        gc.freeze()
        _lock(setup, descriptor)
    except AutoclaveError as error:
        payload = wire.encode_json(programs.encode_error(error))
        write_all(descriptor, wire.encode_reply(ReplyKind.REFUSED, wire.NO_TOKEN, payload))
        os._exit(1)
    write_all(descriptor, wire.encode_reply(ReplyKind.READY, wire.NO_TOKEN))
    _serve(setup, connection, prepared)
    os._exit(0)


def lowest_descriptor(descriptor: int) -> int:
    """Move the wire below everything else, because what lies above it is closed by number."""
    if descriptor != WIRE:
        os.dup2(descriptor, WIRE)
        os.close(descriptor)
    return WIRE


def warm_interpreter() -> None:
    """Load what Python itself would read from its files at the first use, after the lock."""
    import_module("_strptime")
    for encoding in ENCODINGS:
        codecs.lookup(encoding)


def _lock(setup: Setup, descriptor: int) -> None:
    resident = setup.lane is Lane.RESIDENT
    if not resident:
        lockdown.be_single_threaded()
    most = limits.LOCKED_DESCRIPTORS if resident else limits.ZYGOTE_DESCRIPTORS
    lockdown.confine(setup.confinement, descriptor, descriptors=most)
    if resident:
        lockdown.seal(setup.confinement, cpu_seconds=limits.RESIDENT_CPU_SECONDS)
    else:
        lockdown.rehearse(setup.confinement)


def _serve(setup: Setup, connection: socket.socket, prepared: Mapping[str, RunProgram]) -> None:
    if setup.lane is Lane.RESIDENT:
        Service(connection, prepared).serve()
    else:
        Zygote(connection, prepared, setup.confinement).serve()
