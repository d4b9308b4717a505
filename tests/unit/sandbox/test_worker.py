import codecs
import socket
import sys
import threading

import pytest

from custody.box import Lane, Program
from sandbox.lockdown import Confinement
from sandbox.seccomp import Variant
from sandbox.worker import ENCODINGS, Setup, encode_setup, receive_setup, warm_interpreter


@pytest.mark.parametrize(
    ("lane", "variant"), [(Lane.RESIDENT, Variant.RESIDENT), (Lane.FORKED, Variant.FORKED)]
)
@pytest.mark.parametrize("locked", [True, False])
def test_a_setup_crosses_the_wire(lane: Lane, variant: Variant, locked: bool) -> None:  # noqa: FBT001
    """What a process is told is what was meant, however long it is."""
    programs = tuple(
        Program(name=f"p{place}", factory="m:f", lane=lane, params={"rules": ["é" * 1000]})
        for place in range(100)
    )
    confinement = Confinement(variant=variant, memory=7, parent=9, locked=locked)
    setup = Setup(lane=lane, programs=programs, confinement=confinement)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sender = threading.Thread(target=ours.sendall, args=(encode_setup(setup),))
        sender.start()
        assert setup == receive_setup(theirs)
        sender.join(10)


def test_warming_loads_what_python_loads_late() -> None:
    """Dates and the encodings of old documents need no file afterwards."""
    warm_interpreter()
    assert "_strptime" in sys.modules
    missing = [
        name
        for name in ENCODINGS
        if f"encodings.{codecs.lookup(name).name.replace('-', '_')}" not in sys.modules
    ]
    assert [] == [name for name in missing if name not in {"base64", "quopri"}]
