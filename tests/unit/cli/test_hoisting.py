import pytest

from cli.hoisting import hoist


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["recover", "/mnt"], ["recover", "/mnt"]),
        (["recover", "/mnt", "--home", "h"], ["--home", "h", "recover", "/mnt"]),
        (["list", "--home=h", "--json"], ["--home=h", "list", "--json"]),
        (["list", "--debug"], ["--debug", "list"]),
        (["inspect", "--", "--home"], ["inspect", "--", "--home"]),
        (["list", "--home"], ["--home", "list"]),
        ([], []),
    ],
)
def test_global_options_move_to_the_front(given, expected):
    """Global options come first wherever they stood; everything else keeps its order."""
    assert expected == hoist(given)
