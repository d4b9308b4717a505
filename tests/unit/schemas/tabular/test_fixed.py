from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.errors import UsageError
from formats import csv_lines
from schemas.interface import Record
from schemas.registry import built_in_contracts
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.schema import Tabular
from tests.corpus.fixed import rum, rums
from tests.corpus.row_by_row import judged
from tests.corpus.validating import TODAY, codes, said_by, spans

CONTRACT = next(contract for contract in built_in_contracts() if contract.name == "pmsi-rss")
RSS = Tabular(contract=CONTRACT)
COUNTED = parse_contract(
    """
name: parts
encoding: latin-1
x-counts: [{group: stay, count: parts}]
schema:
  fields:
    - {name: stay, x-start: 1, x-length: 4}
    - {name: parts, type: integer, x-start: 5, x-length: 2}
    - {name: text, x-start: 8, x-length: 6}
""",
    "parts.yaml",
)


def told(content, schema=RSS):
    """The codes that are said of some bytes."""
    return codes(said_by(schema, content))


def refused(content, schema=RSS):
    """The numbers of the refused records."""
    said = said_by(schema, content)
    return [i.number for i in said if isinstance(i, Record) and i.fate.value == "refused"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_sound_lines_are_one_run(end):
    """A line is as long as its counts say, and each of its values what the layout asks for."""
    content = rums(end=end) + (rum(7, das=(), acts=0) + end).encode()

    assert [] == told(content)
    assert [(0, len(content))] == spans(said_by(RSS, content))


BAD = {
    "a character too few": (rum()[:-1], "TAB-023"),
    "a character too many": (rum() + " ", "TAB-023"),
    "a diagnosis less than told": (rum(das=("I10",)).replace("0100001I", "0200001I"), "TAB-023"),
    "an act more than told": (rum(acts=0) + "x" * 29, "TAB-023"),
    "a count in letters": (rum(das=()).replace("0000001I219", "xx00001I219"), "TAB-023"),
    "half of a line": (rum()[:90], "TAB-023"),
    "an inserted character": (rum()[:30] + "0" + rum()[30:-1], "TAB-023"),
    "exit before entry": (rum(left="28022026"), "TAB-014"),
    "born after entry": (rum(born="02032026"), "TAB-014"),
    "a day that is none": (rum(entered="31022026"), "GEN-008"),
    "no stay": (rum(rss=" " * 20), "TAB-006"),
    "group that is none": (rum(ghm="05X091"), "TAB-010"),
    "diagnosis of letters": (rum(main="ABCD    "), "ID-001"),
    "associated diagnosis of signs": (rum(das=("I10", "??")), "ID-001"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_each_fault_costs_its_line(name):
    """The lines beside it are whole."""
    line, code = BAD[name]
    content = rums(2) + (line + "\r\n").encode().replace(b"%020d" % 1, b"%020d" % 9)

    assert code in told(content)
    assert [3] == refused(content)


def test_garbled_bytes_cost_their_lines_and_neighbours():
    """Lines are cut before anything is decoded."""
    lines = rums(9).splitlines(keepends=True)
    lines[4] = bytes(range(128, 160)) * 4 + b"\r\n"
    content = b"".join(lines)

    assert 5 in refused(content)
    assert set(refused(content)) <= {4, 5, 6}


def test_a_key_twice_with_other_content_refuses_both():
    """Whoever copies a line and changes it leaves two that claim to be one."""
    content = (rum(1) + "\n" + rum(1, sex="1") + "\n" + rum(2) + "\n").encode()
    assert [1, 2] == refused(content)


def parts(*lines):
    """Lines of stays that tell how many they are."""
    return "".join(f"{stay:4}{count:>2} {text:6}\n" for stay, count, text in lines).encode()


def test_a_group_has_as_many_lines_as_it_tells():
    """Where one is missing or was put in, none of the others is proven."""
    schema = Tabular(contract=COUNTED)
    sound = parts(("a", 2, "x"), ("b", 1, "y"), ("a", 2, "z"))

    assert [] == told(sound, schema)
    assert ["TAB-024"] == told(parts(("a", 2, "x"), ("b", 1, "y")), schema)
    assert [1] == refused(parts(("a", 2, "x"), ("b", 1, "y")), schema)
    assert [2, 3] == refused(parts(("a", 1, "x"), ("b", 1, "y"), ("b", 1, "y2")), schema)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_all_at_once_says_what_line_by_line_says(data):
    """Whatever bytes stand in a line, both ways of reading give the same reasons and places."""
    lines = [rum(n, das=("I10",) * (n % 3), acts=n % 2) for n in range(1, 6)]
    spoiled = data.draw(st.integers(0, 4))
    at = data.draw(st.integers(0, 200))
    noise = data.draw(st.binary(max_size=4))
    cut = data.draw(st.integers(0, 3))
    end = data.draw(st.sampled_from([b"\n", b"\r\n"]))
    encoded = [line.encode("latin-1") for line in lines]
    encoded[spoiled] = encoded[spoiled][:at] + noise + encoded[spoiled][at + cut :]
    content = b"".join(line + end for line in encoded)
    plain = replace(CONTRACT, fixed=replace(CONTRACT.fixed, repeats=tuple(
        replace(repeat, identifier="") for repeat in CONTRACT.fixed.repeats)))  # fmt: skip
    said = said_by(Tabular(contract=plain), content)
    found = {(i.offset, i.size): {r.code for r in i.reasons} for i in said if isinstance(i, Record)}
    expected = {
        span: {r.code for r in reasons}
        for reasons, span in judged(plain, content, TODAY)
        if reasons
    }

    assert expected == found


def test_blocks_make_no_difference(monkeypatch):
    """A line that stands across the end of a block is one line."""
    content = rums(30, bad=(3, 17))
    whole = refused(content)
    monkeypatch.setattr(csv_lines, "BLOCK", 1000)

    assert [3, 17] == whole == refused(content)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (("x-start: 8, x-length: 6", "x-start: 6, x-length: 6"), "share a character"),
        (("x-start: 8, x-length: 6", "x-start: 0, x-length: 6"), "begin at 1"),
        (("x-start: 8, x-length: 6", "x-start: 8"), "a length is no number"),
        (("x-counts:", "x-width: 5\nx-counts:"), "below 13"),
        (("count: parts}", "count: other}"), "no column other"),
        (("x-counts:", "x-repeats: [{count: parts, length: 0}]\nx-counts:"), "that is none"),
        (("x-counts:", "x-widht: 5\nx-counts:"), "did you mean x-width"),
    ],
)
def test_a_layout_that_cannot_be_is_explained(change, match):
    """An error names its place."""
    text = """
name: parts
x-counts: [{group: stay, count: parts}]
schema:
  fields:
    - {name: stay, x-start: 1, x-length: 4}
    - {name: parts, type: integer, x-start: 5, x-length: 2}
    - {name: text, x-start: 8, x-length: 6}
"""
    with pytest.raises(UsageError, match=match):
        parse_contract(text.replace(*change), "parts.yaml")
