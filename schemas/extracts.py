"""What runs inside the box for the main job: validates an extract, and says where its records are.

It answers with counts alone, by reason code. Where a record is refused, and what its values look
like, is produced as a stream of its own, which goes to quarantine and nowhere else.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from custody.box import Emit, Json, RunProgram, Sample
from custody.records import Counts
from formats.csv_lines import read_heading
from formats.dicom import is_deflated
from formats.families import FHIR_XML, HPRIM_XML
from formats.parquet.footer import MEDIA_TYPE as PARQUET
from formats.sqlite_engine import MEDIA_TYPE as SQLITE
from schemas.clinical.cda import Cda
from schemas.clinical.hprim_xml import HprimXml
from schemas.clinical.kmehr import Kmehr
from schemas.databases.schema import Databases
from schemas.detection import FHIR_NDJSON, media_type_of
from schemas.dicom.schema import Dicom
from schemas.dumps.schema import Dumps
from schemas.dumps.splitting import DumpSplitter
from schemas.fhir.schema import Fhir
from schemas.interface import (
    Extract,
    NotValidated,
    Reason,
    ReasonClass,
    Record,
    RecordSchema,
    Remark,
    Said,
)
from schemas.parquet.schema import Parquet
from schemas.reasons.table import because
from schemas.record_types import GENERIC
from schemas.registry import all_schemas, built_in_contracts, schema_of
from schemas.report import Report
from schemas.splitting import Splitter, Uncut, pack, reason_json
from schemas.subjects.gathering import FINDERS, LEAST_BYTES, MOST_BYTES, Gatherer
from schemas.tabular.contract import Contract
from schemas.tabular.contract_file import parse_contract
from schemas.tabular.schema import Tabular
from schemas.tally import Tally

_RESOURCE = re.compile(rb'^[ \t]*\{\s*"resourceType"\s*:', re.MULTILINE)
# The first element of a document, behind declarations and comments.
_ROOT = re.compile(rb"(?>\xef\xbb\xbf|\s+|<\?.*?\?>|<!--.*?-->)*+<([A-Za-z][\w:.-]*)", re.DOTALL)
_HEAD = 65_536
NOTHING = Counts(read=0, accepted=0, refused=0, flagged=0)


@dataclass(slots=True)
class Reasons:
    """Counts the records that each code touches; a remark about the whole touches none."""

    records: Counter[tuple[str, str]] = field(default_factory=Counter)
    remarks: dict[tuple[str, str], Reason] = field(default_factory=dict)

    def listen(self, said: Iterable[Said]) -> Iterator[Said]:
        """Yield everything as it was said."""
        for item in said:
            match item:
                case Record():
                    self.records.update({_key(reason) for reason in item.reasons})
                case Remark():
                    self.remarks.setdefault(_key(item.reason), item.reason)
                case NotValidated():
                    reason = because("GEN-001")
                    self.remarks.setdefault(_key(reason), reason)
            yield item

    @property
    def refuse_whole(self) -> bool:
        """Whether a remark about the whole refuses it."""
        return any(r.reason_class is ReasonClass.INTEGRITY for r in self.remarks.values())

    def encode(self) -> list[list[Json]]:
        """Return code, class, records touched, and whether it is said of the whole."""
        keys = sorted({*self.records, *self.remarks})
        return [
            [code, name, self.records[code, name], (code, name) in self.remarks]
            for code, name in keys
        ]


@dataclass(frozen=True, slots=True)
class ValidateExtract:
    """The program. Built-in contracts are read before it is called.

    Where `native` is not set it shares its process with other extracts, and no native parser runs:
    what needs one is left to the program that has a process for each.
    """

    schemas: tuple[RecordSchema, ...]
    native: bool = True

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        """Return the counts of one extract; emit where its records are when some are refused."""
        content = sample.view()
        schema, extract = self._open(content, params)
        if not self.native and needs_native(schema, content):
            return {"forked": True}
        if schema is None:
            return _answer(Report(schema="", media_type=extract.media_type, counts=NOTHING))
        heading = _heading_of(schema, content)
        tally, reasons = Tally(), Reasons()
        is_cut = not isinstance(schema, Databases | Parquet)
        kind = DumpSplitter if isinstance(schema, Dumps) else Splitter if is_cut else Uncut
        splitter = kind(content=content, heading=heading, most_listed=params["most_listed"])
        finder = FINDERS.get(schema.name)
        gatherer = Gatherer(content=content, finder=finder, most_bytes=_most(content.nbytes))
        accepts = _accepts(schema, params)
        said = accepted(schema.validate(replace(extract, accepts=accepts)), accepts)
        if extract.subjects:
            said = gatherer.listen(said)
        tally.take(reasons.listen(splitter.listen(said)))
        report = tally.report(schema.name, extract.media_type)
        if report.counts.refused or reasons.refuse_whole:
            emit("listed", b"".join((*splitter.listed, *_endnotes(splitter, reasons))))
        if report.counts.refused and report.counts.accepted and is_cut:
            emit("accepted", pack(splitter.accepted_spans))
            emit("refused", pack(splitter.refused_spans))
        if lines := gatherer.lines():
            emit("subjects", lines)
        return {**_answer(report, reasons, heading), "unnamed": gatherer.unnamed}

    def _open(
        self, content: memoryview, params: Mapping[str, Json]
    ) -> tuple[RecordSchema | None, Extract]:
        media_type = media_type_of(content)
        today = date.fromisoformat(params["today"])
        extract = Extract(
            content=content,
            media_type=media_type,
            today=today,
            subjects=params.get("subjects", False),
        )
        if params["contract"]:
            return _declared(parse_contract(params["contract"], "the contract"), extract), extract
        if not _may_be_resource(media_type, bytes(content[:_HEAD])):
            return None, extract
        return schema_of(extract, self.schemas), extract


def _declared(contract: Contract, extract: Extract) -> RecordSchema:
    """Return what judges an extract by a contract; in a database, the table of its name.

    A file of columns has to have those of the contract.
    """
    if extract.media_type == SQLITE:
        return Databases(contracts=(contract,), asked=True)
    if extract.media_type == PARQUET:
        return Parquet(contract=contract)
    return Tabular(contract=contract)


def needs_native(schema: RecordSchema | None, content: memoryview) -> bool:
    """Whether validating a content runs code that is not ours over its bytes."""
    match schema:
        case Fhir():
            return media_type_of(content) == FHIR_XML.media_type
        case Cda() | Kmehr() | HprimXml() | Databases() | Parquet():
            return True
        case Dicom():
            return is_deflated(bytes(content[: 8 * 1024]))
        case _:
            return False


def _may_be_resource(media_type: str, head: bytes) -> bool:
    """Whether it is FHIR: logs, packages and schemas that only speak of it are none of ours."""
    if media_type in GENERIC:
        return _RESOURCE.search(head) is not None
    if media_type in (FHIR_XML.media_type, HPRIM_XML.media_type):
        root = _ROOT.match(head)
        name = root.group(1).rpartition(b":")[2] if root else b""
        # Resources begin with a capital; of HPRIM only its own XML schemas are no messages.
        return not name or (
            name[:1].isupper() if media_type.startswith("application/fhir") else name != b"schema"
        )
    if media_type != FHIR_NDJSON:
        return True
    try:
        first = json.loads(head.lstrip().split(b"\n", 1)[0])
    except (ValueError, RecursionError):
        return True  # it is cut or garbled: the schema says so
    return not isinstance(first, dict) or "resourceType" in first


def _accepts(schema: RecordSchema, params: Mapping[str, Json]) -> frozenset[str]:
    """Return the codes that the owner of these records accepts."""
    told = (group.rpartition(":") for group in params.get("accepts", ()))
    return frozenset(code for name, _, code in told if name == schema.name)


def accepted(said: Iterable[Said], codes: frozenset[str]) -> Iterator[Said]:
    """Yield what is said, where reasons that an owner accepts flag a record and do not refuse it.

    What is said of the extract as a whole stays as it is.
    """
    for item in said:
        if codes and isinstance(item, Record):
            reasons = tuple(
                replace(r, reason_class=ReasonClass.CONFORMANCE) if r.code in codes else r
                for r in item.reasons
            )
            yield replace(item, reasons=reasons)
        else:
            yield item


def _most(size: int) -> int:
    """Return how many bytes may tell whom the records are about: fewer than are allowed."""
    return min(MOST_BYTES, LEAST_BYTES + 8 * size)


def _heading_of(schema: RecordSchema, content: memoryview) -> int:
    """Return how many bytes stand before the first record and mean something for all of them."""
    if isinstance(schema, Tabular) and schema.contract.dialect.heading:
        return read_heading(content).size
    return 0


def _key(reason: Reason) -> tuple[str, str]:
    return reason.code, reason.reason_class.value


def _endnotes(splitter: Splitter, reasons: Reasons) -> Iterator[bytes]:
    """Yield what is to be said of the whole, and how many refused records are not listed."""
    whole = [reason_json(reason) for reason in reasons.remarks.values()]
    told = {"record": None, "unlisted": splitter.unlisted, "reasons": whole}
    if whole or splitter.unlisted:
        yield json.dumps(told).encode() + b"\n"


def _answer(report: Report, reasons: Reasons | None = None, heading: int = 0) -> Json:
    counts = report.counts
    return {
        "schema": report.schema,
        "counts": [counts.read, counts.accepted, counts.refused, counts.flagged],
        "reasons": [] if reasons is None else reasons.encode(),
        "unread": report.unread,
        "heading": heading,
    }


def prepare(params: Mapping[str, Json]) -> RunProgram:
    """Return the program with the formats and contracts that come with Autoclave.

    Raises:
        UsageError: the definitions of a folder are not what their name says.
    """
    definitions = [Path(folder) for folder in params["definitions"]]
    known = all_schemas(built_in_contracts(), definitions, native=params["native"])
    if params["native"]:
        return ValidateExtract(known)
    # A study that hides that it is deflated is refused here, and never inflated.
    ours = tuple(Dicom(inflates=False) if isinstance(s, Dicom) else s for s in known)
    return ValidateExtract(ours, native=False)
