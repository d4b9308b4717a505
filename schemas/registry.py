"""The record schemas that come with Autoclave: an ordinary tuple, and its look-up by media type."""

from collections.abc import Iterable

from schemas.interface import RecordSchema

BUILT_IN: tuple[RecordSchema, ...] = ()


def schemas_for(
    media_type: str, schemas: Iterable[RecordSchema] = BUILT_IN
) -> tuple[RecordSchema, ...]:
    """Return every schema that knows a media type, in the order of the registry."""
    return tuple(schema for schema in schemas if media_type in schema.media_types)


def schema_named(name: str, schemas: Iterable[RecordSchema] = BUILT_IN) -> RecordSchema | None:
    """Return the schema of that name; None if there is none."""
    return next((schema for schema in schemas if schema.name == name), None)
