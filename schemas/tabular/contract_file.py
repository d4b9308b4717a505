"""Reads a contract from its YAML or JSON file, and explains what is wrong with one."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Any

from custody.errors import UsageError
from schemas.identifiers.registry import IDENTIFIERS
from schemas.interface import ReasonClass
from schemas.subjects.systems import LONGEST_SYSTEM
from schemas.tabular.contract import (
    Chain,
    Column,
    ColumnType,
    Comparison,
    Contract,
    Dialect,
    Fixed,
    ForeignKey,
    GroupCount,
    Ranges,
    Repeat,
    Requirement,
    Rule,
    Total,
)
from schemas.tabular.descriptor import CONTRACTS, descriptor_of, fault
from schemas.tabular.values import moment_pattern

__all__ = ["CONTRACTS", "parse_contract", "read_contract"]

ENCODINGS = frozenset({"utf-8", "cp1252", "windows-1252", "latin-1", "iso-8859-1", "iso-8859-15"})
_TOP = frozenset(
    "name title description dialect encoding schema profile format mediatype path fields primaryKey"
    " missingValues foreignKeys x-width x-repeats x-counts x-rules x-requires x-ranges x-chains"
    " x-totals x-final-line-end x-source".split()
)
_FIELD = frozenset(
    "name type format title description constraints decimalChar bareNumber rdfType example"
    " missingValues x-start x-length x-identifier x-formula x-class x-enum-class x-future x-flags"
    " x-subject x-source".split()
)
_CONSTRAINTS = frozenset("required unique pattern enum minimum maximum minLength maxLength".split())
_DIALECT = frozenset(
    "delimiter quoteChar header doubleQuote skipInitialSpace lineTerminator csv".split()
)
LONGEST_FILE = 4 * 1024 * 1024
WIDEST = 100_000
# What is said of one value and is no attack; whoever trusts it anyway says so for a column.
FLAGGABLE = frozenset(
    "TAB-006 TAB-007 TAB-008 TAB-009 TAB-010 TAB-011 GEN-008 GEN-009 GEN-014 ID-001 ID-002".split()
)
# Identifiers that are always a patient's; any other column says so itself.
_PATIENTS = {"ins": "ins", "nir": "ins", "niss": "niss"}


def read_contract(path: Path) -> Contract:
    """Return the contract of a file.

    Raises:
        UsageError: it cannot be read, or is no contract; the reason names the place.
    """
    try:
        text = path.read_bytes()[:LONGEST_FILE].decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"contract {path.name} cannot be read", next_step="check it") from error
    return parse_contract(text, path.name)


def parse_contract(text: str, called: str) -> Contract:
    """Return the contract that a text describes.

    Raises:
        UsageError: it is no contract; the reason names the place.
    """
    return _Reader(called).contract(descriptor_of(text, called))


def _names(given: Any) -> tuple[str, ...]:
    """Return the columns of a key, which may be written as one name."""
    if isinstance(given, str):
        return (given,)
    return tuple(map(str, given)) if isinstance(given, list) else ()


def _is_true(given: Any) -> bool:
    return str(given).lower() == "true"


class _Reader:
    """Turns the parts of one descriptor into values; every complaint names its place."""

    def __init__(self, called: str) -> None:
        self._called = called

    def contract(self, given: Any) -> Contract:
        """Return the whole contract."""
        top = self._mapping(given, "the file", _TOP)
        schema = self._mapping(top.get("schema", top), "schema", _TOP)
        columns = tuple(self._column(f, n) for n, f in enumerate(self._list(schema, "fields"), 1))
        names = [column.name for column in columns]
        if not columns or len(set(names)) != len(names):
            raise fault(self._called, "fields", "columns are missing, or have the same name")
        rules = {**schema, **top}
        fixed = self._fixed(rules, self._list(schema, "fields"))
        contract = Contract(
            name=str(top.get("name") or Path(self._called).stem),
            title=str(top.get("title", "")),
            columns=columns,
            dialect=self._dialect(top, heading="false" if fixed else "true"),
            primary_key=self._key(schema),
            missing=frozenset(map(str, schema.get("missingValues", [""]))),
            rules=tuple(self._rule(r) for r in self._list(rules, "x-rules")),
            requirements=tuple(self._requirement(r) for r in self._list(rules, "x-requires")),
            ranges=tuple(self._ranges(r) for r in self._list(rules, "x-ranges")),
            chains=tuple(self._chain(r) for r in self._list(rules, "x-chains")),
            fixed=fixed,
            foreign_keys=tuple(self._foreign_key(k) for k in self._list(schema, "foreignKeys")),
            totals=tuple(self._total(t) for t in self._list(rules, "x-totals")),
            counts=tuple(self._group_count(r) for r in self._list(rules, "x-counts")),
        )
        self._check_names(contract)
        return contract

    def _mapping(self, given: Any, where: str, known: frozenset[str]) -> Mapping[str, Any]:
        if not isinstance(given, dict):
            raise fault(self._called, where, "it is no mapping")
        for key in map(str, given):
            if key not in known:
                near = get_close_matches(key, known, 1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise fault(self._called, where, f"{key} is not known{hint}")
        return given

    def _list(self, given: Mapping[str, Any], key: str) -> list[Any]:
        found = given.get(key, [])
        if not isinstance(found, list):
            raise fault(self._called, key, "it is no list")
        return found

    def _column(self, given: Any, number: int) -> Column:
        where = f"field {number}"
        field = self._mapping(given, where, _FIELD)
        bounds = self._mapping(field.get("constraints", {}), f"{where}, constraints", _CONSTRAINTS)
        identifier = str(field.get("x-identifier", ""))
        if identifier and identifier not in IDENTIFIERS:
            raise fault(self._called, where, f"no identifier is called {identifier}")
        listed = field.get("x-enum-class", "integrity")
        return Column(
            name=self._text(field, "name", where),
            type=self._enum(ColumnType, field.get("type", "string"), where),
            format=self._format(field, where),
            decimal=self._decimal(field.get("decimalChar", "."), where),
            required=_is_true(bounds.get("required", "false")),
            unique=_is_true(bounds.get("unique", "false")),
            pattern=self._pattern(bounds.get("pattern", ""), where),
            enum=frozenset(map(str, bounds.get("enum", []))),
            minimum=str(bounds.get("minimum", "")),
            maximum=str(bounds.get("maximum", "")),
            least_length=self._whole(bounds.get("minLength", 0), where),
            most_length=self._whole(bounds.get("maxLength", 10_000), where),
            identifier=identifier,
            formula=field.get("x-formula", "refuse") == "allow",
            future=field.get("x-future", "allow") != "refuse",
            listed=self._enum(ReasonClass, listed, where),
            reason_class=self._class(field.get("x-class"), where),
            flags=self._flags(field, where),
            subject=self._subject(field, identifier, where),
        )

    def _subject(self, field: Mapping[str, Any], identifier: str, where: str) -> str:
        """Return the system of a patient's identifier: the one told, else that of its check."""
        told = str(field.get("x-subject", _PATIENTS.get(identifier, "")))
        if len(told) > LONGEST_SYSTEM or not told.isprintable():
            raise fault(self._called, f"{where}, x-subject", "it is no name of a system")
        return "" if told == "none" else told

    def _flags(self, field: Mapping[str, Any], where: str) -> frozenset[str]:
        flags = frozenset(map(str, self._list(field, "x-flags")))
        if not flags <= FLAGGABLE:
            known = ", ".join(sorted(FLAGGABLE))
            raise fault(self._called, f"{where}, x-flags", f"only these can be flags: {known}")
        return flags

    def _text(self, given: Mapping[str, Any], key: str, where: str) -> str:
        found = given.get(key)
        if not isinstance(found, str) or not found:
            raise fault(self._called, where, f"{key} is missing")
        return found

    def _decimal(self, given: Any, where: str) -> str:
        if given not in (".", ","):
            raise fault(self._called, where, "decimalChar is neither a point nor a comma")
        return str(given)

    def _whole(self, given: Any, where: str) -> int:
        if not str(given).isdecimal():
            raise fault(self._called, where, "a length is no number")
        return int(given)

    def _format(self, given: Mapping[str, Any], where: str) -> str:
        found = str(given.get("format", ""))
        if given.get("type") in ("date", "datetime", "time") and found not in ("", "default"):
            try:
                moment_pattern(found)
            except ValueError as error:
                raise fault(
                    self._called, where, "the format has parts other than %Y %m %d %H %M %S"
                ) from error
        return found

    def _pattern(self, given: Any, where: str) -> str:
        try:
            re.compile(str(given))
        except re.error as error:
            raise fault(self._called, where, f"the pattern does not compile: {error}") from error
        return str(given)

    def _enum(self, kind: Any, given: Any, where: str) -> Any:
        try:
            return kind(given)
        except ValueError as error:
            known = ", ".join(member.value for member in kind)
            raise fault(self._called, where, f"{given} is none of {known}") from error

    def _class(self, given: Any, where: str) -> ReasonClass | None:
        return None if given is None else self._enum(ReasonClass, given, where)

    def _fixed(self, rules: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> Fixed | None:
        """Return where columns stand, when any says so: then all do, and none overlap."""
        if not any("x-start" in field for field in fields):
            return None
        places = []
        for number, field in enumerate(fields, 1):
            start = self._whole(field.get("x-start", ""), f"field {number}, x-start")
            length = self._whole(field.get("x-length", ""), f"field {number}, x-length")
            if start < 1 or length < 1:
                raise fault(self._called, f"field {number}", "x-start and x-length begin at 1")
            places.append((start - 1, length))
        ordered = sorted(places)
        if any(one[0] + one[1] > other[0] for one, other in pairwise(ordered)):
            raise fault(self._called, "fields", "two columns share a character")
        end = max(start + length for start, length in places)
        width = self._whole(rules.get("x-width", end), "x-width")
        if not end <= width <= WIDEST:
            raise fault(self._called, "x-width", f"it is below {end}, or above {WIDEST}")
        return Fixed(
            places=tuple(places),
            width=width,
            repeats=tuple(self._repeat(r) for r in self._list(rules, "x-repeats")),
        )

    def _repeat(self, given: Any) -> Repeat:
        known = frozenset({"count", "length", "x-identifier"})
        rule = self._mapping(given, "x-repeats", known)
        length = self._whole(rule.get("length", ""), "x-repeats, length")
        identifier = str(rule.get("x-identifier", ""))
        if not 1 <= length <= WIDEST or (identifier and identifier not in IDENTIFIERS):
            raise fault(self._called, "x-repeats", "a length or identifier that is none")
        count = self._text(rule, "count", "x-repeats")
        return Repeat(count=count, length=length, identifier=identifier)

    def _foreign_key(self, given: Any) -> ForeignKey:
        key = self._mapping(given, "foreignKeys", frozenset({"fields", "reference"}))
        reference = self._mapping(
            key.get("reference"), "foreignKeys, reference", frozenset({"resource", "fields"})
        )
        columns, fields = _names(key.get("fields")), _names(reference.get("fields"))
        if not columns or len(columns) != len(fields):
            raise fault(self._called, "foreignKeys", "as many fields on both sides are needed")
        return ForeignKey(
            columns=columns,
            resource=self._text(reference, "resource", "foreignKeys, reference"),
            fields=fields,
        )

    def _total(self, given: Any) -> Total:
        rule = self._mapping(given, "x-totals", frozenset({"fields", "count", "sum", "reference"}))
        other = self._mapping(
            rule.get("reference"),
            "x-totals, reference",
            frozenset({"resource", "fields", "sum"}),
        )
        columns, fields = _names(rule.get("fields")), _names(other.get("fields"))
        kind = "sum" if "sum" in rule else "count"
        if not columns or len(columns) != len(fields):
            raise fault(self._called, "x-totals", "as many fields on both sides are needed")
        if ("count" in rule) == ("sum" in rule) or ("sum" in rule) != ("sum" in other):
            raise fault(self._called, "x-totals", "count, or sum on both sides")
        return Total(
            columns=columns,
            told=self._text(rule, kind, "x-totals"),
            resource=self._text(other, "resource", "x-totals, reference"),
            fields=fields,
            added=self._text(other, "sum", "x-totals, reference") if kind == "sum" else "",
        )

    def _group_count(self, given: Any) -> GroupCount:
        rule = self._mapping(given, "x-counts", frozenset({"group", "count"}))
        return GroupCount(**{key: self._text(rule, key, "x-counts") for key in ("group", "count")})

    def _dialect(self, top: Mapping[str, Any], *, heading: str) -> Dialect:
        given = self._mapping(top.get("dialect", {}), "dialect", _DIALECT)
        encoding = str(top.get("encoding", "utf-8")).lower()
        if encoding not in ENCODINGS:
            raise fault(self._called, "encoding", f"{encoding} is none of those that we read")
        delimiter, quote = str(given.get("delimiter", ",")), str(given.get("quoteChar", '"'))
        if len(delimiter) != 1 or len(quote) != 1 or delimiter == quote or not delimiter.isascii():
            raise fault(self._called, "dialect", "delimiter and quoteChar are one character each")
        return Dialect(
            delimiter=delimiter,
            quote=quote,
            encoding=encoding,
            heading=_is_true(given.get("header", heading)),
            final_line_end=top.get("x-final-line-end", "required") != "optional",
        )

    def _key(self, schema: Mapping[str, Any]) -> tuple[str, ...]:
        return _names(schema.get("primaryKey"))

    def _rule(self, given: Any) -> Rule:
        rule = self._mapping(given, "x-rules", frozenset({"left", "is", "right", "x-class"}))
        return Rule(
            left=self._text(rule, "left", "x-rules"),
            comparison=self._enum(Comparison, rule.get("is"), "x-rules"),
            right=self._text(rule, "right", "x-rules"),
            reason_class=self._class(rule.get("x-class"), "x-rules") or ReasonClass.INTEGRITY,
        )

    def _requirement(self, given: Any) -> Requirement:
        rule = self._mapping(given, "x-requires", frozenset({"column", "in", "requires"}))
        return Requirement(
            column=self._text(rule, "column", "x-requires"),
            values=frozenset(map(str, rule.get("in", []))),
            required=self._text(rule, "requires", "x-requires"),
        )

    def _ranges(self, given: Any) -> Ranges:
        known = frozenset({"code", "unit", "value", "bounds"})
        rule = self._mapping(given, "x-ranges", known)
        bounds = {}
        for row in self._list(rule, "bounds"):
            try:
                code, unit, low, high = row
                bounds[str(code), str(unit)] = (Decimal(str(low)), Decimal(str(high)))
            except (ValueError, TypeError, InvalidOperation) as error:
                raise fault(
                    self._called, "x-ranges", "a bound is [code, unit, least, most]"
                ) from error
        names = {key: self._text(rule, key, "x-ranges") for key in ("code", "unit", "value")}
        return Ranges(**names, bounds=bounds)

    def _chain(self, given: Any) -> Chain:
        rule = self._mapping(given, "x-chains", frozenset({"group", "start", "end"}))
        return Chain(
            **{key: self._text(rule, key, "x-chains") for key in ("group", "start", "end")}
        )

    def _check_names(self, contract: Contract) -> None:
        named = [
            *contract.primary_key,
            *(name for rule in contract.rules for name in (rule.left, rule.right)),
            *(name for need in contract.requirements for name in (need.column, need.required)),
            *(name for r in contract.ranges for name in (r.code, r.unit, r.value)),
            *(name for chain in contract.chains for name in (chain.group, chain.start, chain.end)),
            *(name for key in contract.foreign_keys for name in key.columns),
            *(name for total in contract.totals for name in (*total.columns, total.told)),
            *(name for rule in contract.counts for name in (rule.group, rule.count)),
            *(repeat.count for repeat in (contract.fixed.repeats if contract.fixed else ())),
        ]
        for name in named:
            if name not in contract.heading:
                raise fault(self._called, "keys and rules", f"there is no column {name}")
