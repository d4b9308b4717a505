import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.json_lines import json_line, json_lines

texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@given(st.dictionaries(texts, texts | st.integers() | st.none() | st.booleans(), max_size=5))
def test_a_line_is_one_line_of_ascii_and_comes_back(value):
    """Whatever stands in a name, its line is printable ASCII and means the same."""
    line = json_line(value)

    assert value == json.loads(line)
    assert line.endswith("\n")
    assert line[:-1].isascii()
    assert line[:-1].isprintable()


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_cannot_say_are_a_bug(number):
    """A value that no other reader would accept is never written."""
    with pytest.raises(ValueError, match="JSON"):
        json_line({"rate": number})


def test_lines_come_as_the_values_come():
    """A listing of millions is never held whole: one value is asked for at a time."""
    asked = []
    lines = json_lines(asked.append(n) or {"n": n} for n in range(1000))

    assert '{"n":0}\n' == next(lines)
    assert 1 == len(asked)
