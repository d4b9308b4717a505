"""Builds messages of HPRIM Santé about invented patients."""

HEADER = "H|~^\\&|R001.HPR||LABO~Laboratoire||ORU|||CLIN~Clinique||P|H2.2~C|202603121405"
PATIENT = "P|1|398|S2603120001||DURAND~CAMILLE||19610714|F||1 RUE DE LA PAIX~~DAX~~40100"
ORDER = "OBR|1|E1~|~E1|NF~Numeration~L|R||202603120800||||N|||202603120815||DOC~DR MARTIN~L"
RESULTS = (
    "OBX|1|NM|HB~Hemoglobine~L||13.2|g/dL|12 - 16|N|||F|||202603121200|HEMAT~20~NF~10~0~P",
    "OBX|2|NM|LEU~Leucocytes~L||6.1|G/L|4 - 10|N|||F|||202603121200|HEMAT~20~NF~20~0~P",
)
SEGMENTS = (HEADER, PATIENT, ORDER, RESULTS[0], "C|1|L|Controle", RESULTS[1], "L|1||1|7|")


def written(segments=SEGMENTS, end="\r"):
    """A message as bytes, in the letters of the recommendation."""
    return "".join(f"{segment}{end}" for segment in segments).encode("latin-1")


def changed(old, new, segments=SEGMENTS, end="\r"):
    """A message with one text replaced by another, once."""
    whole = written(segments, end)
    assert old.encode() in whole, old
    return whole.replace(old.encode(), new.encode("latin-1"), 1)


def without(*places):
    """A message without some of its segments, and without counts that would tell so."""
    left = [s for place, s in enumerate((*SEGMENTS[:-1], "L|1")) if place not in places]
    return written(left)
