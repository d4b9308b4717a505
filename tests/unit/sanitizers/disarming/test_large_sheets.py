"""Large sheets: rows of plain values are copied as they stand, and nothing else is."""

import pytest

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.documents import DISARMER
from sanitizers.disarming.office.large_sheets import LEAST, put_back, set_aside
from sanitizers.disarming.zipped import unpack
from tests.corpus.office_parts import sheet, workbook

NO_SWITCHES: frozenset[Switch] = frozenset()
ROW = (
    '<row r="{0}"><c r="A{0}" t="s"><v>{0}</v></c>'
    '<c r="B{0}" t="inlineStr"><is><t>a</t></is></c></row>'
)
ROWS = "".join(ROW.format(number) for number in range(1, LEAST // 90))
PLACE = "xl/worksheets/sheet1.xml"


def test_rows_of_values_are_set_aside_and_put_back() -> None:
    """No tree is made of them, and the part is whole again behind it."""
    part = sheet(ROWS).encode()
    rest, rows = set_aside(part)

    assert ROWS.encode() == rows
    assert len(rest) < 1000
    assert part == put_back(rest.replace(b"<sheetData></sheetData>", b"<sheetData/>"), rows)


def test_a_large_workbook_keeps_its_cells() -> None:
    """What is measured is equal, nothing is left, and the copy of the copy is the same."""
    content = workbook({"Feuille": ROWS}, "<externalReferences/>").built()
    copy = DISARMER.disarm(content, NO_SWITCHES).content

    assert DISARMER.measure(content) == DISARMER.measure(copy)
    assert ROWS.encode() in unpack(copy)[PLACE]
    assert () == DISARMER.walk(copy)
    assert copy == DISARMER.disarm(copy, NO_SWITCHES).content


@pytest.mark.parametrize(
    "odd",
    [
        '<row r="1"><c r="A1"><f>A2</f><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>&evil;</v></c></row>',
        "<!-- <row/> -->",
        '<row r="1" r:id="a"/>',
        "<sheetData/>",
        "<oleObjects/>",
        "<![CDATA[a]]>",
    ],
)
def test_anything_else_among_the_rows_goes_the_ordinary_way(odd: str) -> None:
    """Formulas, references, entities and unknown elements are looked at one by one."""
    part = sheet(ROWS + odd).encode()

    assert (part, b"") == set_aside(part)


def test_a_formula_in_a_large_sheet_is_cut() -> None:
    """Its value stays."""
    calling = '<row r="1"><c r="C1"><f>cmd|x!A0</f><v>42</v></c></row>'
    copy = DISARMER.disarm(workbook({"Feuille": ROWS + calling}).built(), NO_SWITCHES).content

    assert b"cmd|x" not in unpack(copy)[PLACE]
    assert b"<v>42</v>" in unpack(copy)[PLACE]
