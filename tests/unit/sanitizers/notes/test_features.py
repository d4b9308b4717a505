import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizers.notes.features import NAMED_LEAST, Feature, features_of, is_note
from sanitizers.notes.plain import plain_words, plain_words_of_rtf
from sanitizers.notes.reading import LARGEST, note_features

ENGLISH = (
    "All your important files were stolen and ENCRYPTED! Visit http://invented.onion with Tor"
    " Browser. Your decryption ID: 0000. Do not rename files. Pay the ransom or all will be leaked."
)
SHORT = (
    "Your files are encrypted. To recover contact us at nobody@onionmail.example. Do not try to"
    " decrypt with third party software."
)
FRENCH = (
    "Vos fichiers ont été chiffrés. Pour les déchiffrer, payez en bitcoin. Installez le navigateur"
    " Tor, ouvrez invente.onion. Votre identifiant : 0000. Ne renommez pas les fichiers. 72 heures."
)
DUTCH = (
    "Uw bestanden zijn versleuteld. Om ze te ontsleutelen moet u betalen in bitcoin. Download Tor"
    " Browser: verzonnen.onion. Uw persoonlijke ID: 0000. Hernoem geen bestanden. U heeft 72 uur."
)
TERSE = "tor network: invented.onion\nyour files encrypted. contact: nobody@gmx.example"
MEMO = (
    "Note de service. Si vos fichiers sont chiffrés par un rançongiciel, ne payez pas la rançon."
    " N'essayez pas de les déchiffrer. Contactez-nous : securite@hopital.example, sous 24 heures."
)
MANUAL = (
    "Your files are encrypted with AES before they leave your computer. To decrypt them, type your"
    " personal key. Do not share it. The backup is deleted after 30 days."
)
LETTER = "Le patient a été vu ce jour. Examen normal. Prochain rendez-vous dans six mois."


@pytest.mark.parametrize("note", [ENGLISH, SHORT, FRENCH, DUTCH])
def test_notes_are_told_in_three_languages(note: str) -> None:
    """Accents, capitals and the tongue make no difference."""
    assert is_note(features_of(plain_words(note.encode())))


@pytest.mark.parametrize("text", [MEMO, MANUAL, LETTER, TERSE, ""])
def test_who_warns_of_ransomware_or_explains_encryption_asks_for_nothing(text: str) -> None:
    """An address of the attacker, and enough features, are asked for."""
    assert not is_note(features_of(plain_words(text.encode())))


def test_a_name_makes_up_for_one_feature() -> None:
    """Few words are enough in a file that is called like a note."""
    assert is_note(features_of(plain_words(TERSE.encode())), least=NAMED_LEAST)


def test_pages_and_rtf_hide_no_words() -> None:
    """Tags, entities and escapes are undone before anybody looks."""
    page = FRENCH.replace("é", "&eacute;").replace(" ", "<b> </b>")
    rtf = "{\\rtf1\\ansi " + FRENCH.replace("é", "\\'e9").replace(". ", ".\\par\n") + "}"
    assert is_note(features_of(plain_words(page.encode())))
    assert is_note(features_of(plain_words_of_rtf(rtf.encode("ascii"))))


def test_most_texts_are_let_go_after_one_look() -> None:
    """Without any of a few stems, and above the size of a note, nothing is searched."""
    assert note_features(LETTER.encode()) == frozenset()
    assert note_features(ENGLISH.encode() + b" " * LARGEST) == frozenset()


@given(st.lists(st.sampled_from(list(Feature))))
def test_features_that_say_nothing_to_a_victim_make_no_note(features: list[Feature]) -> None:
    """However many there are, "your files" and what was done to them are among them."""
    kept = frozenset(features) - {Feature.YOURS}
    assert not is_note(kept)


@given(st.binary(max_size=400))
def test_any_bytes_have_words(content: bytes) -> None:
    """Nothing is raised, by texts and by RTF."""
    assert isinstance(features_of(plain_words(content)), frozenset)
    assert isinstance(features_of(plain_words_of_rtf(content)), frozenset)
