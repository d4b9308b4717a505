import hashlib

from pipeline.parquet_table import parquet
from schemas.references import prepare
from tests.corpus import tables
from tests.unit.schemas.test_extracts import Sample

SECRET = bytes(range(16))


def keys(content, columns, **told):
    """What the program answers and emits."""
    emitted = {}
    params = {"contract": "", "schema": "", "columns": columns, "secret": SECRET.hex(), **told}
    return prepare({})(Sample(content), params, emitted.__setitem__), emitted


def hashed(*values):
    """The hash of one row's key."""
    whole = b"\x1f".join(value.encode() for value in values)
    return hashlib.blake2b(whole, digest_size=8, key=SECRET).digest()


def test_the_keys_of_all_rows_leave_in_their_order():
    """One stream a set of columns, eight bytes a row that has a value."""
    lines = [tables.line(1), tables.line(2, visit=""), tables.line(3)]
    content = tables.table(*lines)
    said, emitted = keys(content, [["ipp"], ["visit", "ipp"]], schema="lab-results")

    assert {"rows": 3} == said
    assert b"".join(hashed(f"P{n:06d}") for n in (1, 2, 3)) == emitted["0"]
    assert b"".join(hashed(f"V{n:06d}", f"P{n:06d}") for n in (1, 3)) == emitted["1"]


def test_the_same_value_has_one_hash_in_every_encoding():
    """Tables of two programs are held against each other by what they say."""
    contract = "name: t\nencoding: {}\nschema: {{fields: [{{name: a}}]}}\n"
    one = keys("a\nÉ\n".encode(), [["a"]], contract=contract.format("utf-8"))[1]
    other = keys("a\r\nÉ\r\n".encode("latin-1"), [["a"]], contract=contract.format("latin-1"))[1]

    assert one == other == {"0": hashed("É")}


def test_another_table_has_no_keys():
    """A heading that is not the contract's, or a schema that is no table."""
    assert ({"rows": -1}, {}) == keys(b"other\n1\n", [["ipp"]], schema="lab-results")
    assert ({"rows": -1}, {}) == keys(b"MSH|", [["ipp"]], schema="hl7v2")


def test_keys_of_a_file_of_columns_are_those_of_the_same_lines():
    """In any order of its columns; one that is cut, or of other columns, has none."""
    contract = "name: t\nschema: {fields: [{name: a}, {name: n, type: integer}]}\n"
    columns = parquet({"n": [1, 22], "a": ["é", "x y"]})
    lines = keys("a,n\né,1\nx y,22\n".encode(), [["a"], ["n", "a"]], contract=contract)

    assert lines == keys(columns, [["a"], ["n", "a"]], contract=contract)
    assert ({"rows": -1}, {}) == keys(columns[:-1], [["a"]], contract=contract)
    assert ({"rows": -1}, {}) == keys(parquet({"b": [1]}), [["a"]], contract=contract)
