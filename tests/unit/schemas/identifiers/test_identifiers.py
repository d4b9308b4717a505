import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers.checks import Check, ean13, is_digits, iso7064_mod97, luhn, verhoeff
from schemas.identifiers.registry import CODES, IDENTIFIERS, fault_of
from schemas.reasons.table import BY_CODE

# Published and measured vectors, good ones first; sources in docs/records.md.
VALID = {
    "nir": "262087503203977 163127847704294 185052A00100174 294032B12000578",
    "ins": "262087503203977",
    "finess": "750712184 2B0000020",
    "rpps": "01234567897",
    "adeli": "759912345 2A1234567",
    "siren": "732829320",
    "siret": "73282932000074 35600000049837",
    "iban": "FR7630006000011234567890189 BE68539007547034",
    "niss": "85073003328 85.07.30-033.28 00012556777 98472899765 40000095579",
    "riziv": "11186375004 11186310001",
    "cnk": "0039347",
    "loinc": "718-7 5895-7 11491-6 34133-9",
    "snomed": "22298006 999000041000000102",
    "cim10": "I21.9 I219 F32+20 A00",
    "atc": "N N02 N02B N02BE N02BE01",
    "ccam": "HHFA001 YYYY600",
    "cip13": "3400949497294",
    "cip7": "4949729 3000001",
    "ucd13": "3400892088310",
    "ucum": "mg/dL mmol/L 10*9/L mL/min/{1.73_m2} /min mm[Hg] % [iU]/L kg.m-2 /[HPF]"
    " {ratio} 10*3/uL",
}
WRONG = {
    "nir": {
        "262087503203978": Check.WRONG_KEY,
        "000000000000097": Check.IMPOSSIBLE,
        "962087503203977": Check.MALFORMED,
        "26208750320397": Check.MALFORMED,
        "185052C00100174": Check.MALFORMED,
        "": Check.MALFORMED,
    },
    "finess": {"750712185": Check.UNPROVEN, "000000000": Check.IMPOSSIBLE, "7507": Check.MALFORMED},
    "rpps": {"01234567896": Check.WRONG_KEY, "00000000000": Check.IMPOSSIBLE, "x": Check.MALFORMED},
    "adeli": {"000000000": Check.IMPOSSIBLE, "7599": Check.MALFORMED},
    "siren": {"732829321": Check.WRONG_KEY, "000000000": Check.IMPOSSIBLE},
    "siret": {"73282932000075": Check.WRONG_KEY, "73282932": Check.MALFORMED},
    "iban": {"FR7630006000011234567890188": Check.WRONG_KEY, "FR76": Check.MALFORMED},
    "niss": {
        "00000000097": Check.IMPOSSIBLE,
        "85073003329": Check.WRONG_KEY,
        "8507300332": Check.MALFORMED,
    },
    "riziv": {"11186376004": Check.WRONG_KEY, "00000097004": Check.IMPOSSIBLE},
    "cnk": {"0039346": Check.UNPROVEN, "0000000": Check.IMPOSSIBLE, "39347": Check.MALFORMED},
    "loinc": {"718-8": Check.WRONG_KEY, "718": Check.MALFORMED, "34133-0": Check.WRONG_KEY},
    "snomed": {"22298007": Check.WRONG_KEY, "02298006": Check.MALFORMED, "2229": Check.MALFORMED},
    "cim10": {"A4A1": Check.MALFORMED, "I2": Check.MALFORMED, "i21.9": Check.MALFORMED},
    "atc": {"N02BE0": Check.MALFORMED, "E01": Check.MALFORMED},
    "ccam": {"HHFA01": Check.MALFORMED},
    "cip13": {"3400949497295": Check.WRONG_KEY, "3400892088310": Check.MALFORMED},
    "cip7": {"0000000": Check.IMPOSSIBLE, "494972": Check.MALFORMED},
    "ucd13": {"3400892088311": Check.WRONG_KEY, "3400949497294": Check.MALFORMED},
    "ucum": {
        **dict.fromkeys(("UI/L", "mmHg", "µg/L", "degC", "mL/min/1.73m2", "G/L"), Check.USUAL),
        **dict.fromkeys(
            ("", "mg//dL", "foo", "m (s", "(m", "m)", "m/", ".m", "mg dL"), Check.MALFORMED
        ),
    },
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, v) for name, values in VALID.items() for v in values.split()]
)
def test_good_vectors_are_valid(name, value):
    """Every published or measured good value of an identifier passes."""
    assert Check.VALID is IDENTIFIERS[name](value)
    assert fault_of(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [(name, value, check) for name, values in WRONG.items() for value, check in values.items()],
)
def test_bad_vectors_are_told_apart(name, value, expected):
    """Every bad value is told with what is wrong about it."""
    assert expected is IDENTIFIERS[name](value)
    assert fault_of(name, value) in BY_CODE


def test_every_identifier_has_vectors():
    """No identifier is without values both ways."""
    assert set(IDENTIFIERS) == set(VALID)
    assert set(IDENTIFIERS) == set(WRONG) | {"ins"}


def test_anything_but_valid_has_a_reason():
    """A check result that no reason stands for would count as valid."""
    assert set(CODES) == set(Check) - {Check.VALID}


@given(name=st.sampled_from(sorted(IDENTIFIERS)), value=st.text(max_size=40))
def test_no_text_breaks_a_check(name, value):
    """Whatever stands in the field, an identifier's check answers."""
    assert IDENTIFIERS[name](value) in Check


@given(st.text(alphabet="mgLsUI[]{}()./*^+-0123456789%' ", max_size=60))
def test_no_unit_breaks_the_grammar(value):
    """Arbitrary combinations of the letters of units are answered, deep brackets included."""
    assert IDENTIFIERS["ucum"](value) in Check


@given(st.text(alphabet="0123456789", min_size=2, max_size=18), st.integers(0, 9), st.data())
def test_luhn_and_verhoeff_find_every_changed_digit(digits, other, data):
    """Both keys notice any single digit that was replaced by another."""
    place = data.draw(st.integers(0, len(digits) - 1))
    changed = f"{digits[:place]}{other}{digits[place + 1 :]}"
    for key in (luhn, verhoeff):
        assert not (key(digits) and key(changed)) or digits == changed


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_exactly_one_key_fits_a_gs1_body(body):
    """Of the ten digits exactly one completes a body of twelve."""
    assert [True] == [fits for key in range(10) if (fits := ean13(f"{body}{key}"))]


def test_digits_of_other_scripts_are_no_digits():
    """Arabic-Indic digits, which Python counts as decimal, are no digits of an identifier."""
    assert is_digits("0123", 4)
    assert not is_digits("٠١٢٣", 4)
    assert Check.MALFORMED is IDENTIFIERS["rpps"]("٠١٢٣٤٥٦٧٨٩٧")


def test_letters_count_from_ten():
    """The key of an IBAN counts A as 10, so that swapped letters are noticed."""
    assert iso7064_mod97("30006000011234567890189FR76")
    assert not iso7064_mod97("30006000011234567890189RF76")
