"""Trees of invented files for measurements: letters, in sizes as they are on shares."""

import math
import random
from pathlib import Path

TEXT = (
    "le patient a été vu en consultation ce jour pour un contrôle de routine sans particularité"
    " la tension est normale traitement poursuivi prochain rendez vous dans six mois"
    " cordialement service de radiologie compte rendu scanner thoracique absence de lésion"
)
WORDS = TEXT.split()
PER_FOLDER = 200
STOCK_WORDS = 1_000_000


def write_letters(root: Path, count: int, *, median: int = 6_600, spread: float = 0.6) -> int:
    """Write letters of log-normal sizes around a median, in bytes, and return how many bytes."""
    chance = random.Random(7)
    stock = " ".join(chance.choices(WORDS, k=STOCK_WORDS)).encode()
    total = 0
    for n in range(count):
        folder = root / f"{n // PER_FOLDER:05d}"
        if n % PER_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        size = min(int(chance.lognormvariate(math.log(median), spread)), len(stock) // 2)
        begin = chance.randrange(len(stock) - size)
        text = f"{n} ".encode() + stock[begin : begin + size]
        (folder / f"{n:07d}.txt").write_bytes(text)
        total += len(text)
    return total
