"""A table judged row by row, in the plainest way: what the columnar judge has to agree with."""

from decimal import Decimal

from formats.csv_lines import read_blocks, read_heading
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.tabular.across import _less, _overlaps
from schemas.tabular.contract import Comparison
from schemas.tabular.rows import RowReader
from schemas.tabular.values import Values


def judged(contract, content, today):
    """The codes, places and shapes that are said of each line, and the bytes that it stands in."""
    content = memoryview(content)
    at = read_heading(content).size if contract.dialect.heading else 0
    reader = RowReader(contract)
    rows, spans = [], []
    for block in read_blocks(content, at):
        begun = block.offset
        lines = block.content.split(b"\n")
        for number, line in enumerate(lines):
            last = number == len(lines) - 1
            end = block.offset + block.size if last else begun + len(line) + 1
            rows.append((reader.row(line), last and not block.terminated))
            spans.append((begun, end - begun))
            begun = end
    return list(zip(_reasons(contract, rows, today), spans, strict=True))


def _reasons(contract, rows, today):
    values = [Values(column, contract.missing, today) for column in contract.columns]
    said = []
    last = {}
    for row, _ in rows:
        reasons = list(row.reasons)
        if row.fields:
            judged_values = [v.judge(text) for v, text in zip(values, row.fields, strict=True)]
            reasons += [reason for _, reason in judged_values if reason]
            parsed = [value for value, _ in judged_values]
            reasons += _across(contract, row.fields, parsed, last)
        said.append(reasons)
    _beside(rows, said)
    _repeated(contract, rows, said)
    for (_, cut), reasons in zip(rows, said, strict=True):
        if cut and contract.dialect.final_line_end:
            reasons.append(because("TAB-004"))
    return [tuple(dict.fromkeys(reasons)) for reasons in said]


def _across(contract, fields, parsed, last):
    text = dict(zip(contract.heading, fields, strict=True))
    value = dict(zip(contract.heading, parsed, strict=True))
    for rule in contract.rules:
        one, other = value[rule.left], value[rule.right]
        if one is not None and other is not None and not _holds(rule.comparison, one, other):
            found = because("TAB-014", f"columns {rule.left}, {rule.right}")
            yield Reason(
                code=found.code,
                reason_class=rule.reason_class,
                severity=found.severity,
                where=found.where,
            )
    for need in contract.requirements:
        if text[need.column] in need.values and value[need.required] is None:
            yield because("TAB-006", f"column {need.required}")
    for ranges in contract.ranges:
        bound = ranges.bounds.get((text[ranges.code], text[ranges.unit]))
        found = value[ranges.value]
        if bound and isinstance(found, Decimal) and not bound[0] <= found <= bound[1]:
            yield because("TAB-008", f"column {ranges.value}")
    for number, chain in enumerate(contract.chains):
        before = last.get((number, text[chain.group]))
        now = value[chain.start], value[chain.end]
        if before is not None and _overlaps(before, *now):
            yield because("TAB-016", f"columns {chain.start}, {chain.end}")
        last[number, text[chain.group]] = now


def _holds(comparison, one, other):
    if type(one) is not type(other):
        return False
    return {
        Comparison.EQUAL: one == other,
        Comparison.DIFFERENT: one != other,
        Comparison.BEFORE: _less(one, other),
        Comparison.BEFORE_OR_EQUAL: not _less(other, one),
    }[comparison]


def _beside(rows, said):
    for place, (row, _) in enumerate(rows):
        near = rows[max(place - 1, 0) : place] + rows[place + 1 : place + 2]
        if not row.reasons and any(other.garbled for other, _ in near):
            said[place].append(because("TAB-021"))


def _repeated(contract, rows, said):
    names = [contract.primary_key, *((c.name,) for c in contract.columns if c.unique)]
    for places in [tuple(map(contract.place, found)) for found in names if found]:
        contents = {}
        for row, _ in rows:
            if row.fields:
                key = tuple(row.fields[place] for place in places)
                contents.setdefault(key, []).append(tuple(row.fields))
        for (row, _), reasons in zip(rows, said, strict=True):
            found = contents.get(tuple(row.fields[place] for place in places)) if row.fields else ()
            if found and len(found) > 1:
                reasons.append(because("TAB-013" if len(set(found)) == 1 else "TAB-012"))
