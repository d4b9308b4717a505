"""PDF files, made from the bodies of their objects."""

import zlib


def pdf(*objects: bytes, trailer: bytes = b"", catalog: bytes = b"") -> bytes:
    """Return a file whose catalogue is object 1 and whose further objects are given."""
    bodies = [b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>", b"<</Type/Pages/Kids[]/Count 0>>"]
    written = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    for number, body in enumerate([*bodies, *objects], start=1):
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    end = len(written)
    return written + b"trailer\n<</Root 1 0 R" + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % end


def stream(content: bytes, dictionary: bytes = b"", *, packed: bool = True) -> bytes:
    """Return a stream object's body."""
    payload = zlib.compress(content) if packed else content
    packing = b"/Filter/FlateDecode" if packed else b""
    return b"<</Length %d%s%s>>\nstream\n%s\nendstream" % (
        len(payload),
        packing,
        dictionary,
        payload,
    )


def object_stream(content: bytes, *, packed: bool = True) -> bytes:
    """Return an object stream that holds one dictionary."""
    return stream(b"9 0 " + content, b"/Type/ObjStm/N 1/First 4", packed=packed)
