"""Where an HL7 message stops in a value."""

import pytest

from sanitizers.damage.message_structures import last_message
from sanitizers.damage.message_values import why_value_cut
from tests.corpus.looking import demands, look

HEAD = (
    "MSH|^~\\&|LAB|HOSP|HIS|HOSP|202103010830||ADT^A01|1|P|2.5\r"
    "EVN|A01|202103010830\r"
    "PID|1||4711^^^HOSP^PI||DUPONT^MARIE|19620301|F|||RUE LONGUE^^LIEGE^^4000^BE\r"
    "PV1|1|I|WARD^12^1|R|||700^PETERSEN^ANNA\r"
)
CUT = {
    "DG1|1||J18.9^Pneumonia^I10||2021030": "a time is cut",
    "NK1|1|DUPONT^PAUL|SPO^Spouse (hus": "a bracket is not closed",
    "NK1|1|DUPONT^PAUL|SPO|RUE DES \\T": "an escape is not closed",
    "OBX|1|TX|1^Note||||||": "no other segment ends in empty fields",
    "NK1|1|DUPONT^": "no other field ends in a separator",
    "NK1|1|DUPONT^PAUL|SPO||||||||||HOSP&1.3.6.1.4.1": "an identifier does not say what kind it is",
    "NK1|1|DUPONT^PAUL|SPO|RUE LONGUE^^LIEGE^^4000^BE||||||||PETER": (
        "the last word is the beginning of another one"
    ),
    "NK1|1|DUPONT^PAUL|SPO^Spouse^HL70063||||C^Emergency^HL70": (
        "the last word is the beginning of another one"
    ),
    "NK1|1|DUPONT^PAUL^^^^^^^19620": "the last word is the beginning of another one",
    "NK1|1|DUPONT^PAUL|SPO||||||||||HOSP&1.3.60.1&ISO~HOSP&1.3.6": (
        "the last word is the beginning of another one"
    ),
    "NK1|1|DUPONT^PAUL|SPO|RUE LONGUE DES VIEUX MURS~RUE LONGUE DES VI": (
        "the last word is the beginning of another one"
    ),
    "NK1|1|DUPONT^PAUL|SPO|Rue des ": "no other value ends in a blank",
}


@pytest.mark.parametrize(("last", "reason"), CUT.items())
def test_a_message_that_stops_in_a_value_is_cut(last: str, reason: str) -> None:
    """By the type of the value, and by what its neighbours are."""
    assert why_value_cut(last_message((HEAD + last).encode())) == reason
    assert demands(look((HEAD + last).encode()), "integrity") == {"cut"}


@pytest.mark.parametrize(
    "last",
    [
        "NK1|1|DUPONT^PAUL|SPO",
        "DG1|1||J18.9^Pneumonia^I10||20210301|A",
        "DG1|1||J18.9^Pneumonia^I10||202103|A",
        "NK1|1|DUPONT^PAUL|SPO|RUE LONGUE 12 (2)",
        "NK1|1|DUPONT^PAUL|SPO|",
        "NK1|1|DUPONT^PAUL|SPO|RUE DES \\T\\",
        "NK1|1|DUPONT^PAUL|SPO||||||||||HOSP&1.3.6.1.4.1&ISO",
        "NK1|1|DUPONT^PAUL|SPO|12 RUE LONGUE~12 RUE",
        "NK1|1|DUPONT^PAUL^^^^^^^1962|SPO|||19620301^19620302",
        "NK1|1|DUPONT^PAUL|SPO|1.3.6.1.4.1~1.3.6.1",
    ],
)
def test_many_writers_leave_out_the_last_line_end(last: str) -> None:
    """What could end a message ends it."""
    assert why_value_cut(last_message((HEAD + last).encode())) == ""
    assert demands(look((HEAD + last).encode()), "integrity") == set()


def test_parts_are_compared_with_those_of_the_same_field() -> None:
    """Two neighbours that are alike are a rule."""
    diagnoses = "DG1|1||J18.9^Pneumonia^I10\rDG1|2||I10^Hypertension^I10\r"
    cut = (HEAD + diagnoses + "DG1|3||E11.9^Diab").encode()
    assert why_value_cut(last_message(cut)) == "a value has fewer parts than all others of its kind"


def test_a_mark_of_the_byte_order_hides_no_cut() -> None:
    """The header stands behind it."""
    cut = (HEAD + "DG1|1||J18.9^Pneumonia^I10||2021030").encode("utf-8-sig")
    assert demands(look(cut), "integrity") == {"cut"}
