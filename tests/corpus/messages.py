"""Builds HL7 v2 messages of invented patients, whole or spoiled in one place."""

SENT = "20260312080000"


def header(kind="ADT^A01^ADT_A01", control="M1", *, version="2.5", charset="UNICODE UTF-8"):
    """The MSH segment of a message."""
    return f"MSH|^~\\&|DPI|NORD|LABO|SUD|{SENT}||{kind}|{control}|P|{version}||||||{charset}"


def admission(control="M1", *, event="A01", visit="V1", at="20260312073000", patient=None):
    """The segments of an ADT message."""
    return [
        header(f"ADT^{event}^ADT_A01", control),
        f"EVN|{event}|{at}",
        patient or "PID|1||P1^^^NORD^PI||DURAND^Camille||19610714|F",
        f"PV1|1|I|CHIR^101^1||||||||||||||||{visit}|||||||||||||||||||||||||{at}",
    ]


def result(control="R1", *, code="718-7^Hémoglobine^LN", kind="NM", value="13.2"):
    """The segments of an ORU message with one result."""
    return [
        header("ORU^R01^ORU_R01", control),
        "PID|1||P1^^^NORD^PI||DURAND^Camille||19610714|F",
        "OBR|1||L1|BIO^Bilan^L|||20260312070000",
        f"OBX|1|{kind}|{code}||{value}|g/dL|||||F",
    ]


def written(segments, end="\r"):
    """Segments as the bytes of one message."""
    return "".join(segment + end for segment in segments).encode()


def framed(message):
    """A message in its MLLP frame."""
    return b"\x0b" + message + b"\x1c\r"


def batch(messages, *, told=None, batches="1"):
    """Messages between FHS, BHS and their counted trailers."""
    count = len(messages) if told is None else told
    head, tail = b"FHS|^~\\&|A|B\rBHS|^~\\&|A|B\r", f"BTS|{count}\rFTS|{batches}\r".encode()
    return head + b"".join(messages) + tail
