import struct

import pytest

from sandbox import landlock


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (1, (0x1FFF,)),
        (2, (0x3FFF,)),
        (3, (0x7FFF,)),
        (4, (0x7FFF, 3)),
        (5, (0xFFFF, 3)),
        (6, (0xFFFF, 3, 3)),
        (7, (0xFFFF, 3, 3)),
        (99, (0xFFFF, 3, 3)),
    ],
)
def test_a_rule_set_refuses_all_that_its_abi_knows(version: int, expected: tuple[int, ...]) -> None:
    """Each kernel is asked for exactly what it knows: one bit more and it refuses the whole set."""
    attributes = landlock.ruleset(version)
    assert expected == struct.unpack(f"<{len(attributes) // 8}Q", attributes)
