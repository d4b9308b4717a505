"""The table of disarmers: each line leads to one."""

from sanitizers.disarming.interface import Disarmer
from sanitizers.disarming.registry import MODULES, disarmer_of, has_disarmer


def test_every_line_of_the_table_leads_to_a_disarmer():
    """No type is promised to be disarmed by a module that is not there."""
    assert all(isinstance(disarmer_of(media_type), Disarmer) for media_type in MODULES)


def test_the_table_is_kept_in_order():
    """Two who add lines do not add them in one place."""
    assert sorted(MODULES) == list(MODULES)


def test_a_type_that_nobody_knows_has_no_disarmer():
    """What is not listed is held as it is."""
    assert not has_disarmer("application/x-nobody-knows")
