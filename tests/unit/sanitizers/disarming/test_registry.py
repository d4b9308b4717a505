"""The table of disarmers: each line leads to one."""

from sanitizers.disarming.interface import Converter, Disarmer
from sanitizers.disarming.registry import (
    CONVERTED,
    MODULES,
    REBUILT,
    VERSION,
    converter_of,
    disarmer_of,
    has_disarmer,
    is_rebuilt,
    version,
)


def test_every_line_of_the_table_leads_to_a_disarmer():
    """No type is promised to be disarmed by a module that is not there."""
    assert all(isinstance(disarmer_of(media_type), Disarmer) for media_type in MODULES)


def test_every_type_that_is_converted_has_a_converter():
    """And no type has both."""
    assert all(isinstance(converter_of(media_type), Converter) for media_type in CONVERTED)
    assert MODULES.keys().isdisjoint(CONVERTED)
    assert all(map(has_disarmer, (*MODULES, *CONVERTED)))


def test_the_version_names_the_converters_too():
    """What was held for want of a program is tried again when it is installed."""
    assert version().startswith(VERSION)
    assert all(module in version() for module in CONVERTED.values())


def test_the_table_is_kept_in_order():
    """Two who add lines do not add them in one place."""
    assert sorted(MODULES) == list(MODULES)
    assert sorted(CONVERTED) == list(CONVERTED)
    assert sorted(REBUILT) == list(REBUILT)


def test_a_container_is_written_anew_and_not_converted():
    """No type has two ways."""
    assert REBUILT.keys().isdisjoint(MODULES.keys() | CONVERTED.keys())
    assert all(map(has_disarmer, REBUILT))
    assert all(map(is_rebuilt, REBUILT))
    assert not is_rebuilt("application/pdf")


def test_a_type_that_nobody_knows_has_no_disarmer():
    """What is not listed is held as it is."""
    assert not has_disarmer("application/x-nobody-knows")
