import pytest

from tests.corpus.looking import demands, look

_HEAD = b"MSH|^~\\&|LAB|HOP|||20260101||ORU^R01|1|P|2.5\r"
_BODY = b"PID|1||77||DOE^JO\rOBR|1|||GLU\rOBX|1|NM|NA||140|mmol/l|||||F"
_MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: results\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed;\r\n\tboundary="=_7"\r\n\r\n--=_7\r\n'
    b"Content-Type: text/plain\r\n\r\nAll is well.\r\n--=_7\r\n"
    b"Content-Type: text/plain\r\n\r\nThe second part.\r\n"
)


def damage(content: bytes) -> set[str]:
    """Return the demands of the scanner of damage."""
    return demands(look(content), "integrity")


@pytest.mark.parametrize("end", [b"", b"\r", b"\r\n", b"\x1c\r"])
def test_a_message_that_has_what_it_must_is_whole(end: bytes) -> None:
    """Many senders leave out the last segment's end."""
    assert damage(_HEAD + _BODY + end) == set()


@pytest.mark.parametrize("kept", [3, 9, 14, 20])
def test_a_result_without_its_status_was_cut(kept: int) -> None:
    """A segment has to have some fields, in whatever message it stands."""
    start = (_HEAD + _BODY).index(b"OBX")
    assert damage((_HEAD + _BODY)[: start + kept]) == {"cut"}


def test_a_closed_segment_is_as_its_sender_wrote_it() -> None:
    """Senders leave out fields; a cut leaves out the end of the segment too."""
    assert damage(_HEAD + b"PID|1||77\r") == set()


def test_a_mail_whose_parts_do_not_end_was_cut() -> None:
    """The last boundary says so (RFC 2046 5.1.1); a mail of one part has none."""
    whole = _MAIL + b"--=_7--\r\n"
    assert damage(whole) == set()
    assert damage(_MAIL) == damage(whole[:-30]) == {"cut"}
    plain = _MAIL.replace(b'multipart/mixed;\r\n\tboundary="=_7"', b"text/plain")
    assert damage(plain) == set()


def test_a_boundary_of_an_attached_mail_is_no_business_of_the_outer_one() -> None:
    """Only the headers in front of the body count."""
    inner = _MAIL.replace(b"multipart/mixed", b"text/plain").replace(b'boundary="=_7"', b"x=y")
    quoted = inner + b'Content-Type: multipart/mixed; boundary="=_7"\r\n'
    assert damage(quoted) == set()


_RULED = {
    "a result without its order": (b"ORU^R01", b"PID|1||77||DOE^JO"),
    "an appointment without its resources": (b"SIU^S12", b"SCH|1|2|||||ROUTINE\rPID|1||77||D^J"),
    "a document that is announced only": (b"MDM^T02", b"EVN|T02|2026\rPID|1||77||DOE^JO\rPV1|1|I"),
    "a visit of nobody": (b"ADT^A01", b"EVN|A01|20260101"),
    "an admission without its visit": (b"ADT^A01", b"EVN|A01|20260101\rPID|1||77||DOE^JO"),
    "an order that is begun": (b"OMG^O19", b"PID|1||77||DOE^JO\rORC|NW|1\rOBR|1|||G\rORC|NW"),
}


@pytest.mark.parametrize("kind", _RULED)
def test_a_message_that_lacks_what_all_of_its_kind_have_was_cut(kind: str) -> None:
    """Which segments a message has stands in its structure; a closed one is as it was sent."""
    code, body = _RULED[kind]
    content = _HEAD.replace(b"ORU^R01", code) + body
    assert damage(content) == {"cut"}
    assert damage(content + b"\r") == set()


def test_a_change_of_a_person_needs_no_visit() -> None:
    """Some writers leave it out of what they know of a person (A08, A28, A31)."""
    for event in (b"A08", b"A28", b"A31"):
        header = _HEAD.replace(b"ORU^R01", b"ADT^" + event)
        assert damage(header + b"EVN|" + event + b"|20260101\rPID|1||77||DOE^JO") == set()


def test_a_segment_with_fewer_fields_than_all_of_its_name_was_cut() -> None:
    """Two others that agree are enough; two that do not say nothing."""
    notes = _BODY + b"\rNTE|1|L|one|RE\rNTE|2|L|two|RE"
    assert damage(_HEAD + notes + b"\rNTE|3|L|thr") == {"cut"}
    assert damage(_HEAD + notes + b"\rNTE|3|L\rNTE|4|L") == set()


def test_of_long_segments_two_others_are_no_rule() -> None:
    """Who pays himself has no policy, and so fewer fields than two insurances."""
    insured = b"\rIN1|%d|A|1|B" + b"|x" * 20
    assert damage(_HEAD + _BODY + insured % 1 + insured % 2 + b"\rIN1|3|SELF|1|SELF") == set()
    three = insured % 1 + insured % 2 + insured % 3
    assert damage(_HEAD + _BODY + three + b"\rIN1|4|SELF|1|SELF") == {"cut"}


def test_only_the_last_message_of_a_file_is_asked() -> None:
    """The ones before it were followed by another."""
    first = _HEAD.replace(b"ORU^R01", b"ADT^A01") + b"EVN|A01|20260101\r"
    assert damage(first + _HEAD + _BODY) == set()


def test_a_message_of_hprim_has_its_end() -> None:
    """L ends it; an addendum may follow a line that is too long."""
    whole = b"H|~^\\&|1||LABO|||||||||ORU\rP|1||4711||DUPONT^MARIE\rOBR|1||1||GLY\rL|1||1|3\r"
    assert look(whole).media_type == "application/hprim"
    assert damage(whole) == damage(whole + b"A||\r") == set()
    assert damage(whole[: whole.index(b"L|1")]) == {"cut"}
    assert damage(whole[: whole.index(b"||GLY")]) == {"cut"}
