"""The record schemas that come with Autoclave, and which of them an extract is judged by."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from schemas.clinical.cda import Cda
from schemas.clinical.definitions import CDA_FILES, KMEHR_FILES, find_schemas
from schemas.clinical.hprim_xml import HprimXml
from schemas.clinical.kmehr import Kmehr
from schemas.databases.schema import Databases
from schemas.dicom.schema import Dicom
from schemas.dumps.schema import Dumps
from schemas.fhir.definitions import find_definitions
from schemas.fhir.releases import R5
from schemas.fhir.schema import Fhir
from schemas.hl7v2.schema import Hl7v2
from schemas.hprim.schema import Hprim
from schemas.interface import Extract, RecordSchema
from schemas.parquet.schema import Parquet
from schemas.tabular.contract import Contract
from schemas.tabular.contract_file import CONTRACTS, read_contract
from schemas.tabular.schema import Tabular

BUILT_IN: tuple[RecordSchema, ...] = (
    Hl7v2(),
    Hprim(),
    Fhir(),
    Fhir(release=R5),
    Cda(),
    Kmehr(),
    HprimXml(),
    Dicom(),
    Dumps(),
    Databases(),
    Parquet(),
)


@cache
def built_in_contracts() -> tuple[Contract, ...]:
    """Return the contracts that come with Autoclave, read from their files."""
    return tuple(read_contract(path) for path in sorted(CONTRACTS.glob("*.yaml")))


def all_schemas(
    contracts: Iterable[Contract], definitions: Sequence[Path] = (), *, native: bool = True
) -> tuple[RecordSchema, ...]:
    """Return the formats, with the official definitions of some folders, then the contracts.

    Those of XML are left out where no native parser runs.

    Raises:
        UsageError: a folder holds definitions that are not what their name says.
    """
    formats = with_definitions(definitions, native=native) if definitions else BUILT_IN
    known = tuple(contracts)
    named = (replace(s, contracts=known) if isinstance(s, Databases) else s for s in formats)
    tables = (Tabular(contract=contract) for contract in known)
    return (*named, *tables, *(Parquet(contract=contract) for contract in known))


def with_definitions(folders: Sequence[Path], *, native: bool) -> tuple[RecordSchema, ...]:
    """Return the formats with the definitions that folders hold."""
    fhir = find_definitions(*folders)
    trees = folders if native else ()
    return (
        Hl7v2(),
        Hprim(),
        Fhir(definitions=fhir.get("R4")),
        Fhir(release=R5, definitions=fhir.get("R5")),
        Cda(definitions=find_schemas(trees, CDA_FILES)),
        Kmehr(definitions=find_schemas(trees, KMEHR_FILES)),
        HprimXml(),
        Dicom(),
        Dumps(),
        Databases(),
        Parquet(),
    )


def schemas_for(
    media_type: str, schemas: Iterable[RecordSchema] = BUILT_IN
) -> tuple[RecordSchema, ...]:
    """Return every schema that knows a media type, in the order of the registry."""
    return tuple(schema for schema in schemas if media_type in schema.media_types)


def schema_named(name: str, schemas: Iterable[RecordSchema] = BUILT_IN) -> RecordSchema | None:
    """Return the schema of that name; None if there is none."""
    return next((schema for schema in schemas if schema.name == name), None)


def schema_of(extract: Extract, schemas: Sequence[RecordSchema]) -> RecordSchema | None:
    """Return the schema that an extract is judged by: the declared one, else what its bytes say.

    A table is judged by the contract whose columns its heading names; without one, nobody knows
    what its columns mean. A contract judges lines and files of columns, each by a schema of its
    name.
    """
    if extract.declared:
        declared = [schema for schema in schemas if schema.name == extract.declared]
        fitting = schemas_for(extract.media_type, declared)
        return next(iter((*fitting, *declared)), None)
    fitting = schemas_for(extract.media_type, schemas)
    return next((s for s in fitting if _knows(s, extract)), None)


def _knows(schema: RecordSchema, extract: Extract) -> bool:
    match schema:
        case Tabular() | Fhir() | Databases() | Parquet():
            return schema.knows(extract)
        case _:
            return True
