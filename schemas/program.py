"""What runs inside the box: finds an extract's schema, validates it, and answers with a report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from custody.box import Emit, Json, RunProgram, Sample
from formats.faults import MalformedError
from formats.parquet.footer import MEDIA_TYPE as PARQUET
from schemas.detection import media_type_of
from schemas.interface import Extract, NotValidated, RecordSchema
from schemas.registry import all_schemas, built_in_contracts, schema_of
from schemas.report import encode_report
from schemas.tabular.contract_file import read_contract
from schemas.tabular.drafting import draft
from schemas.tally import Tally

NAME = "validate"
DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Validate:
    """The program. Contracts and definitions are read before it is called."""

    schemas: tuple[RecordSchema, ...]

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return the report of one extract."""
        del emit
        content = sample.view()
        extract = Extract(
            content=content,
            media_type=media_type_of(content),
            today=date.fromisoformat(params["today"]),
            declared=params["declared"],
        )
        schema = schema_of(extract, self.schemas)
        tally = Tally()
        if schema is None:
            tally.take([NotValidated(schema="", reason=_why_none(extract))])
            return encode_report(tally.report("", extract.media_type))
        tally.take(schema.validate(extract))
        return encode_report(tally.report(schema.name, extract.media_type))


def draft_contract(sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
    """Return a contract's descriptor, or why none can be drafted."""
    del params, emit
    try:
        return {"contract": draft(sample.view())}
    except MalformedError as error:
        return {"fault": error.reason}


def _why_none(extract: Extract) -> str:
    if extract.declared:
        return "there is no schema of that name"
    if extract.media_type in ("text/csv", "text/plain", PARQUET):
        return "no contract has these columns"
    return f"no schema knows {extract.media_type}"


def prepare_draft(params: Mapping[str, Json]) -> RunProgram:
    """Return the program that drafts contracts."""
    del params
    return draft_contract


def prepare(params: Mapping[str, Json]) -> RunProgram:
    """Return the program with the contracts that come with Autoclave and those that are named.

    Raises:
        UsageError: a contract or a definition cannot be read.
    """
    named = tuple(read_contract(Path(path)) for path in params["contracts"])
    definitions = [Path(folder) for folder in params["definitions"]]
    return Validate(all_schemas((*named, *built_in_contracts()), definitions))
