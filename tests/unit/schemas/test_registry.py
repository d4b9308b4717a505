from collections.abc import Iterator
from dataclasses import dataclass

from schemas.interface import Extract, NotValidated, Record
from schemas.registry import BUILT_IN, schema_named, schemas_for


@dataclass(frozen=True)
class Lines:
    """A schema that takes every line of a text for a record."""

    name: str
    media_types: frozenset[str]

    def validate(self, extract: Extract) -> Iterator[Record | NotValidated]:
        """Yield every line."""
        offset = 0
        for number, line in enumerate(extract.content, start=1):
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


def test_a_schema_is_found_by_its_name() -> None:
    """A name finds exactly its schema, and an unknown name finds none."""
    assert schema_named("text", (CSV, TEXT)) is TEXT
    assert schema_named("fhir", (CSV, TEXT)) is None
