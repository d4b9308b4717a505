"""Sheets of very many cells: rows that hold nothing but values stay as they are written.

A tree of a row takes some thirty times the room of its text. So the rows of a large sheet are set
aside before there is a tree, and put back behind it. They are matched by a grammar first that knows
rows, cells, values and plain text, no formula, no reference and no entity but those of XML itself.
"""

import re

LEAST = 4 << 20
_BEGIN, _END = b"<sheetData>", b"</sheetData>"
_NAME, _EMPTY = b"sheetData", b"<sheetData/>"
# ECMA-376 part 1, 18.3.1.4, 18.3.1.53, 18.3.1.73, 18.3.1.96, 18.4.12; x14ac is what Excel adds.
_ATTRIBUTE = (
    rb" (?:r|s|t|spans|ht|customHeight|hidden|customFormat|outlineLevel|collapsed|thickTop|"
    rb'thickBot|ph|cm|vm|xml:space|x14ac:dyDescent)="[\w .,:+-]*+"'
)
_TEXT = rb"(?:[^<>&]|&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)*+"
_VALUE = rb"<(?:v|t)(?:" + _ATTRIBUTE + rb")?+>" + _TEXT + rb"</(?:v|t)>|</?is>"
_ROWS = re.compile(
    rb"(?:</?(?:row|c)(?:" + _ATTRIBUTE + rb")*+/?>|" + _VALUE + rb"|[ \t\r\n]++)*+", re.ASCII
)
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,80}encoding\s*=\s*[\"'](?i:utf-8)[\"']|\s*<[A-Za-z]")


def set_aside(xml: bytes) -> tuple[bytes, bytes]:
    """Return a part without the rows of its sheet, and those rows; all of it and none otherwise."""
    begin, end = xml.find(_BEGIN), xml.rfind(_END)
    start = begin + len(_BEGIN)
    alone = xml.count(_NAME) == 2
    if len(xml) < LEAST or begin < 0 or end < start or not alone or not _DECLARED.match(xml):
        return xml, b""
    rows = xml[start:end]
    if not _ROWS.fullmatch(rows):
        return xml, b""
    return xml[:start] + xml[end:], rows


def put_back(xml: bytes, rows: bytes) -> bytes:
    """Return a part with its rows."""
    return xml.replace(_EMPTY, _BEGIN + rows + _END, 1) if rows else xml
