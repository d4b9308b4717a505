"""The words of the console by language."""

from console.words_english import ENGLISH
from console.words_french import FRENCH

DEFAULT_LANGUAGE = "en"
WORDS = {"en": ENGLISH, "fr": FRENCH}
