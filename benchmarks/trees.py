"""Trees of invented files for measurements: letters, in sizes as they are on shares."""

import random
from pathlib import Path

TEXT = (
    "le patient a été vu en consultation ce jour pour un contrôle de routine sans particularité"
    " la tension est normale traitement poursuivi prochain rendez vous dans six mois"
    " cordialement service de radiologie compte rendu scanner thoracique absence de lésion"
)
WORDS = TEXT.split()
PER_FOLDER = 200


def write_letters(root: Path, count: int, seed: int = 7) -> int:
    """Write letters with a median of about 6.6 KB (log-normal) and return their bytes."""
    chance = random.Random(seed)
    total = 0
    for n in range(count):
        folder = root / f"{n // PER_FOLDER:05d}"
        if n % PER_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
        text = _letter(n, int(chance.lognormvariate(8.8, 0.6)), chance)
        (folder / f"{n:07d}.txt").write_bytes(text)
        total += len(text)
    return total


def _letter(number: int, size: int, chance: random.Random) -> bytes:
    words = chance.choices(WORDS, k=size // 6 + 1)
    return f"{number} {' '.join(words)}".encode()[:size]
