"""Reports as Parquet: the bytes are those that other readers were seen to read."""

import pytest

from pipeline.parquet_table import MAGIC, parquet
from pipeline.record_table import columns_of

# Read back by pyarrow 26.0.1, with its CRC verified, and by polars 2.1.0: [("a", 1), ("é", -2)].
READ_BY_OTHERS = bytes.fromhex(
    "504152311500151615161591a197a20f1c15041500150615060000010000006102000000c3a9150015201520"
    "15a19781de061c150415001506150600000100000000000000feffffffffffffff1502193c48057461626c65"
    "150400150c250018046e616d652500001504250018016e001604191c192c26081c150c192500061918046e61"
    "6d65150016041644164426080000264c1c1504192500061918016e15001604164e164e264c00001692011604"
    "0028096175746f636c617665007000000050415231"
)


def test_the_bytes_are_those_that_other_readers_read():
    """Two columns, one of texts and one of numbers."""
    assert READ_BY_OTHERS == parquet({"name": ["a", "é"], "n": [1, -2]})


def test_a_table_without_rows_is_a_table():
    """A report of nothing is a file all the same."""
    content = parquet({"name": []})

    assert (MAGIC, MAGIC) == (content[:4], content[-4:])


@pytest.mark.parametrize("columns", [{}, {"a": [1], "b": []}])
def test_columns_that_are_no_table_are_refused(columns):
    """All have one length, and there is one at least."""
    with pytest.raises(ValueError, match="one length"):
        parquet(columns)


def test_a_report_is_flat_and_can_be_summed():
    """A row for the schema with its counts, and one for each reason with its own."""
    reason = {"code": "GEN-008", "class": "integrity", "files": 1, "records": 3, "message": "m"}
    decision = {"action": "await-copy", "actor": "olga", "until": None}
    line = {
        "schema": None,
        "site": "s",
        "host": "h",
        "service": "labo",
        "source": "1",
        "files": 2,
        "unread": 0,
        "read": 40,
        "accepted": 37,
        "refused": 3,
        "flagged": 0,
        "reasons": [{**reason, "decision": None}, {**reason, "decision": decision}],
    }

    columns = columns_of([line])

    assert [40, 0, 0] == columns["read"]
    assert [0, 3, 3] == columns["reason_records"]
    assert ["", "GEN-008", "GEN-008"] == columns["code"]
    assert ["", "", "await-copy"] == columns["decision"]
    assert ["", "", ""] == columns["schema"]
