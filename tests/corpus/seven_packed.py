"""Archives that 7-Zip 26.02 wrote by rare methods: PPMd, Deflate64, BCJ2; inert contents.

What went in is made again here, so that nothing but packed bytes is taken on trust.
"""

import base64
import random


def _table(draw: random.Random) -> bytes:
    """Return a table of text, as it was packed."""
    lines = []
    for _ in range(60):
        name = draw.choice((b"Dupont", b"Martin", b"Peeters"))
        number = draw.randrange(999)
        lines.append(b"%s;%d;%s\n" % (name, number, draw.choice((b"radiologie", b"biologie"))))
    return b"".join(lines)


def _code(draw: random.Random) -> bytes:
    """Return what looks like calls and jumps of x86, and runs nowhere."""
    code = bytearray()
    for _ in range(60):
        code += b"\x55\x89" + bytes([draw.choice((0xE8, 0xE9))])
        code += _relative(draw.choice((64, 4096, 70000)), len(code) + 4)
        code += b"\x0f\x84"
        code += _relative(1000, len(code) + 4) + b"\x0f\x0f\x85\xe8\xe8"
    return bytes(code) + b"\xe8\0"


def _relative(target: int, after: int) -> bytes:
    return (target - after & 0xFFFFFFFF).to_bytes(4, "little")


PPMD = base64.b64decode(
    "N3q8ryccAARZsPO90gAAAAAAAABaAAAAAAAAAJxNAEYATRZuSrueGoWnimrqlSvm/8p1GGXAc/YqzdPGooGprRRV"
    "22e04vhl1DiIx26oktIRn7C3aUYuxaQGpQdqvG/dNjfFCKKQJ+F+/VqBYSOu9DYMvK3xdZZ0QwI2rNSFcYv/o7tM"
    "Wbjkgg9YF78UyAYbHTGcg4xCcvmZ8jeUcmni0fxlMzhbzhdbfZcTVsV/CtH4DD6rNo6n/jamym9/MYEhAeHeluXg"
    "uVJ97m+jJLPeRIpLToJFbutmCZbjH1kI3y3rAIVIIoxkXzls+2FD5YADMgABBAYAAQmA0gAHCwEAASMDBAEFBgAA"
    "AQAMhQEACAoBONxX3QAABQEZBAAAAAAREwB0AGUAeAB0AC4AdAB4AHQAAAAZABQKAQCU14N1AIDdARUGAQAggKSB"
    "AAA="
)
DEFLATE64 = base64.b64decode(
    "N3q8ryccAAQvHKwXAAEAAAAAAABaAAAAAAAAAOyL/XNtk8Fqw0AMRO/9mt2VVtKy114L/YWEmmIocXHd/+9SEjvJ"
    "zHUQoyeN9HZat/nSm6e+nj7m5Wv5nKeXq2pm9+rr7/dy2Xooq63tofZ9mrZp/eklN2Khqv38pBWlBirK5FxotWkh"
    "8oBr2I87hDcynZbGKdLuezhIxZEHwoN62zu1tczCGAs+P2M5apJYaJ4pVATy12EAotaGoitNrATBz7UifqJhBQw1"
    "8DMD3emP47TE4gsy/cBn07eM3UWwUCoLVEzooWR2gAKaV2P4KUFl9l07ftAKLkTIkCUwDMMfGaHtCaMKpsJyj0qO"
    "eQAEGv9/GQbiyOXJ2TMVjE7JjWi7W/wfAQQGAAEJgQAABwsBAAEDBAEJDIUBAAgKATjcV90AAAUBGQoAAAAAAAAA"
    "AAAAERMAdABlAHgAdAAuAHQAeAB0AAAAGQAUCgEAlNeDdQCA3QEVBgEAIICkgQAA"
)
BCJ2 = base64.b64decode(
    "N3q8ryccAASjl9dh7AAAAAAAAACKAAAAAAAAAFn9PM8AKqJZAPRhNviygMTbXaLIlGN8IBPoEtXnvnkG3jBLCyvU"
    "ulN2q4O9Nr+ZmSovXSkzzKzlSw3F1AI8QpAd7Z6OArdsz0IdZYRb5orflwEriAf5mZnmL7PMjCNT7RgyI6nTAqyv"
    "5N71ccl68oHqfGD9FVt+1i+ST8m76v88jY4d/VSAUaOiuhN5+G+GXzTEscZpXGjT/ziKAefEidFDdbvkAAAAxfL9"
    "UkdcpAvhSQlmI/dn6Oov84SNOzj3rvWSWHnFShcAAGgOjEd930AAAABgDFJYa8I4K+WLZQD96SQUPKB1pBVgHO/4"
    "ZJaeAAEEBgAECYCiIQofAAcLAQAEIwMBAQVdABAAACMDAQEFXQAQAAAjAwEBBV0AEAAAFAMDARsEAQUABAEDAgIG"
    "AQAMgRg4guqEOgAICgGEsD7LAAAFARkHAAAAAAAAABETAGMAbwBkAGUALgBkAGEAdAAAABkAFAoBAEvlg3UAgN0B"
    "FQYBACCApIEAAA=="
)
ZIP_DEFLATE64 = base64.b64decode(
    "UEsDBBUAAAAJAIhmfV043FfdAAEAAAEFAAAIAAAAdGV4dC50eHRtk8Fqw0AMRO/9mt2VVtKy114L/YWEmmIocXHd"
    "/+9SEjvJzHUQoyeN9HZat/nSm6e+nj7m5Wv5nKeXq2pm9+rr7/dy2Xooq63tofZ9mrZp/eklN2Khqv38pBWlBirK"
    "5FxotWkh8oBr2I87hDcynZbGKdLuezhIxZEHwoN62zu1tczCGAs+P2M5apJYaJ4pVATy12EAotaGoitNrATBz7Ui"
    "fqJhBQw18DMD3emP47TE4gsy/cBn07eM3UWwUCoLVEzooWR2gAKaV2P4KUFl9l07ftAKLkTIkCUwDMMfGaHtCaMK"
    "psJyj0qOeQAEGv9/GQbiyOXJ2TMVjE7JjWi7W/wfUEsBAj8DFQAAAAkAiGZ9XTjcV90AAQAAAQUAAAgAJAAAAAAA"
    "AAAggKSBAAAAAHRleHQudHh0CgAgAAAAAAABABgAlNeDdQCA3QEAAAAAAAAAAAAAAAAAAAAAUEsFBgAAAAABAAEA"
    "WgAAACYBAAAAAA=="
)
_DRAW = random.Random(7)
TABLE = _table(_DRAW)
CODE = _code(_DRAW)
