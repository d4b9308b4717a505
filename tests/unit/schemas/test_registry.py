from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from schemas.interface import Extract, NotValidated, Record
from schemas.registry import (
    BUILT_IN,
    all_schemas,
    built_in_contracts,
    schema_named,
    schema_of,
    schemas_for,
)


@dataclass(frozen=True)
class Lines:
    """A schema that takes every line of a text for a record."""

    name: str
    media_types: frozenset[str]

    def validate(self, extract: Extract) -> Iterator[Record | NotValidated]:
        """Yield every line."""
        offset = 0
        for number, line in enumerate(bytes(extract.content).splitlines(keepends=True), start=1):
            yield Record(number=number, offset=offset, size=len(line))
            offset += len(line)


CSV = Lines("csv", frozenset({"text/csv", "text/plain"}))
TEXT = Lines("text", frozenset({"text/plain"}))


def test_built_in_schemas_have_names_of_their_own() -> None:
    """No two built-in schemas share a name, so that a name finds one schema."""
    names = [schema.name for schema in BUILT_IN]
    assert len(set(names)) == len(names)


def test_schemas_are_found_by_media_type_in_order() -> None:
    """Every schema that knows the type is offered, the first registered first."""
    assert (CSV, TEXT) == schemas_for("text/plain", (CSV, TEXT))
    assert (CSV,) == schemas_for("text/csv", (CSV, TEXT))


def test_an_unknown_type_has_no_schema() -> None:
    """A type that no schema knows gives nothing, never a default schema."""
    assert schemas_for("application/pdf", (CSV, TEXT)) == ()


def extract(content: bytes, media_type: str, declared: str = "") -> Extract:
    """Return bytes as an extract of one fixed day."""
    return Extract(
        content=memoryview(content),
        media_type=media_type,
        today=date(2026, 3, 13),
        declared=declared,
    )


def test_a_table_is_judged_by_the_contract_that_its_heading_names() -> None:
    """Columns decide which contract a table has; without one of them nothing judges it."""
    schemas = all_schemas(built_in_contracts())
    for contract in [c for c in built_in_contracts() if c.dialect.heading]:
        head = ";".join(contract.heading).encode() + b"\r\n"
        chosen = schema_of(extract(head, "text/csv"), schemas)
        assert chosen is not None
        assert contract.name == chosen.name
    assert schema_of(extract(b"a;b\n1;2\n", "text/csv"), schemas) is None


def test_the_operator_s_word_counts_more_than_the_bytes() -> None:
    """A declared schema is taken whatever the content looks like, and an unknown one is none."""
    schemas = all_schemas(built_in_contracts())
    chosen = schema_of(extract(b"MSH|", "application/hl7-v2", "patients"), schemas)
    assert chosen is not None
    assert chosen.name == "patients"
    assert schema_of(extract(b"MSH|", "application/hl7-v2", "nothing"), schemas) is None


def test_a_schema_is_found_by_its_name() -> None:
    """A name finds exactly its schema, and an unknown name finds none."""
    assert schema_named("text", (CSV, TEXT)) is TEXT
    assert schema_named("fhir", (CSV, TEXT)) is None
