"""Rows of findings: what a rule saw in a content or in a name, without the detail."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from custody.finding import Finding, FindingKind, Severity


def to_rows(
    about: Mapping[str, Any],
    findings: Sequence[Finding],
    shard_id: int,
    lines: tuple[int | None, ...] | None,
) -> list[dict[str, Any]]:
    """Return the rows of findings whose details lie at some lines of a shard's details object.

    Raises:
        ValueError: there is not one line, or None, for each finding.
    """
    placed = (None,) * len(findings) if lines is None else lines
    return [
        {
            **about,
            "scanner": finding.scanner,
            "rule": finding.rule,
            "kind": finding.kind.value,
            "severity": finding.severity.value,
            "where": finding.where,
            "detail_shard": None if line is None else shard_id,
            "detail_line": line,
        }
        for finding, line in zip(findings, placed, strict=True)
    ]


def finding_of(row: sa.Row[Any]) -> Finding:
    """Return the finding of a row, with an empty detail."""
    return Finding(
        scanner=row.scanner,
        rule=row.rule,
        kind=FindingKind(row.kind),
        severity=Severity(row.severity),
        where=row.where,
    )
