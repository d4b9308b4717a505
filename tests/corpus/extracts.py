"""Builds extracts of many records, good and bad ones mixed, and says what their parts must be."""

from dataclasses import dataclass, replace

from tests.corpus import dumps, embedding, hprim, messages, resources, tables
from tests.corpus.containers import NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    """An extract with the bytes of its accepted and of its refused records, in their order."""

    content: bytes
    accepted: bytes
    refused: bytes
    read: int
    refused_records: int


def _mixed(pieces, heading=b"", read=None):
    """Pieces are (bytes, good?); envelopes are no pieces of either part."""
    good = b"".join(content for content, kept in pieces if kept)
    bad = b"".join(content for content, kept in pieces if kept is False)
    count = sum(kept is False for _, kept in pieces)
    return Mixed(
        content=heading + b"".join(content for content, _ in pieces),
        accepted=heading + good,
        refused=heading + bad,
        read=sum(kept is not None for _, kept in pieces) if read is None else read,
        refused_records=count,
    )


def table(rows=40, bad=(3, 4, 17), marker="Hémoglobine"):
    """A table of results in which some values are impossible."""
    pieces = [
        (
            (
                tables.line(n, label=marker, collected_at="2026-02-31T07:30:00")
                if n in bad
                else tables.line(n, label=marker)
            ).encode()
            + b"\n",
            n not in bad,
        )
        for n in range(1, rows + 1)
    ]
    return _mixed(pieces, tables.HEADING.encode() + b"\n")


def batch(count=6, bad=(2,), *, told=None, patient="DURAND^Camille"):
    """A batch of HL7 messages between its envelopes; a bad one names a day that is none."""
    pieces = [
        (
            messages.written(
                messages.admission(
                    f"M{n}",
                    visit=f"V{n}",
                    patient=f"PID|1||P1^^^NORD^PI||{patient}||19610714|F",
                    at="20260231073000" if n in bad else "20260312073000",
                )
            ),
            n not in bad,
        )
        for n in range(1, count + 1)
    ]
    head = b"FHS|^~\\&|A|B\rBHS|^~\\&|A|B\r"
    tail = f"BTS|{count if told is None else told}\rFTS|1\r".encode()
    return _mixed([(head, None), *pieces, (tail, None)])


def stream(count=4, bad=(3,)):
    """Messages in MLLP frames; a bad one names a day that is none."""
    pieces = [
        (
            messages.framed(
                messages.written(
                    messages.admission(
                        f"M{n}",
                        visit=f"V{n}",
                        at="20260231073000" if n in bad else "20260312073000",
                    )
                )
            ),
            n not in bad,
        )
        for n in range(1, count + 1)
    ]
    return _mixed(pieces)


def ndjson(count=8, bad=(1, 8), family="DURAND"):
    """Lines of a FHIR export; a bad patient is of no gender that FHIR knows."""
    pieces = []
    for n in range(1, count + 1):
        patient = {**resources.PATIENT, "id": f"p{n}", "name": [{"family": family}]}
        if n in bad:
            patient["gender"] = "X"
        pieces.append((resources.line(patient), n not in bad))
    return _mixed(pieces)


def with_documents(count=6, bad=(2,)):
    """Lines of a FHIR export, each with a document of its own; a bad one has no status."""
    pieces = []
    for n in range(1, count + 1):
        held = embedding.attachment(embedding.letters(NOTE + b"%d" % n), "text/plain")
        pieces.append((resources.line({**held, "id": f"d{n}"}), n not in bad))
        if n in bad:
            pieces[-1] = (resources.line({**held, "id": f"d{n}", "status": "odd"}), False)
    return _mixed(pieces)


def dump(rows=20, bad=(2, 3, 20)):
    """A dump of PostgreSQL in which some days are none; all that is no row stays."""
    pieces = [
        (
            dumps.copy_row(n).replace(b"2026-03", b"2026-33" if n in bad else b"2026-03"),
            n not in bad,
        )
        for n in range(1, rows + 1)
    ]
    mixed = _mixed(pieces)
    return replace(
        mixed, content=dumps.postgres(mixed.content), accepted=dumps.postgres(mixed.accepted)
    )


def tuples(rows=9, bad=(1, 5, 8, 9)):
    """A dump of MySQL: a tuple goes with the comma beside it."""
    made = [
        dumps.mysql_row(n).replace(b"2026-03", b"2026-33" if n in bad else b"2026-03")
        for n in range(1, rows + 1)
    ]
    return Mixed(
        content=dumps.mysql(b",".join(made)),
        accepted=dumps.mysql(b",".join(t for n, t in enumerate(made, 1) if n not in bad)),
        refused=b"".join(t for n, t in enumerate(made, 1) if n in bad),
        read=rows,
        refused_records=len(bad),
    )


def letters(count=4, bad=(2,)):
    """Messages of HPRIM; a bad one names a day that is none."""
    pieces = [
        (hprim.changed("|19610714|", "|19610745|") if n in bad else hprim.written(), n not in bad)
        for n in range(1, count + 1)
    ]
    return _mixed(pieces)


KINDS = {
    "a.hpr": letters,
    "a.csv": table,
    "a.hl7": batch,
    "b.hl7": stream,
    "a.ndjson": ndjson,
    "a.sql": dump,
    "b.sql": tuples,
}
