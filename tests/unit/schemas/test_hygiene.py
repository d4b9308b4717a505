import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hygiene import text_reasons


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Hémoglobine 12 µg/L — fièvre, œdème, 37 °C", []),
        ("ligne\r\nsuite\tcolonne", []),
        ("山田 太郎", []),
        ("a\x00b", ["GEN-004"]),
        ("a\x9fb", ["GEN-004"]),
        ("a\ud800b", ["GEN-004"]),
        ("a\u202eb", ["GEN-005"]),
        ("a\u2067b", ["GEN-005"]),
        ("a\u200bb", ["GEN-023"]),
        ("\ufeffa", ["GEN-023"]),
        ("a\ufffdb", ["GEN-006"]),
        ("HÃ©moglobine", ["GEN-007"]),
        ("37Â°C", ["GEN-007"]),
        ("\x00\u202e\ufffd", ["GEN-004", "GEN-005", "GEN-006"]),
    ],
)
def test_each_kind_of_odd_character_has_its_reason(text, codes):
    """Letters of any script pass; controls, reversals, lost and doubled encodings are told."""
    assert codes == [reason.code for reason in text_reasons(text)]


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Zs"]), max_size=30))
def test_plain_text_of_any_script_holds_no_control(text):
    """No letter, digit, punctuation or space of any script is taken for a control character."""
    assert "GEN-004" not in {reason.code for reason in text_reasons(text)}
