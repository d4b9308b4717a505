"""Keys of identities come from the environment or from private files, and are shown nowhere."""

import pytest

from custody.errors import ExitCode, SettingsError, StoreDeniedError
from pipeline.credentials import CredentialBook

SECRET = "the-secret-key"


@pytest.fixture
def write(tmp_path):
    """Write a key file."""

    def written(text, mode=0o600):
        path = tmp_path / "ingest.toml"
        path.write_text(text)
        path.chmod(mode)
        return CredentialBook(tmp_path, {})

    return written


def test_a_file_holds_both_halves(write):
    """The public half and the secret one are read from the identity's own file."""
    book = write(f'access_key = "public"\nsecret_key = "{SECRET}"\n')

    assert ("public", SECRET) == book.pair("ingest")
    assert (True, False) == (book.has("ingest"), book.has("inspector"))


def test_the_environment_beats_the_file(tmp_path, write):
    """A variable of the identity is used before its file; a secret may hold colons."""
    write('access_key = "file"\nsecret_key = "file"\n')
    book = CredentialBook(tmp_path, {"AUTOCLAVE_CREDENTIALS_INGEST": "public:a:b"})

    assert ("public", "a:b") == book.pair("ingest")
    assert book.has("ingest")


def test_what_is_not_here_says_where_to_put_it(tmp_path):
    """An identity without keys is no usage error: another machine may have them."""
    with pytest.raises(StoreDeniedError) as caught:
        CredentialBook(tmp_path, {}).pair("promoter")

    assert ExitCode.UNAVAILABLE is caught.value.exit_code
    assert f"{tmp_path}/promoter.toml" in caught.value.next_step
    assert "AUTOCLAVE_CREDENTIALS_PROMOTER" in caught.value.next_step


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(write, mode):
    """A secret that everybody on the machine knows is none."""
    book = write(f'access_key = "public"\nsecret_key = "{SECRET}"\n', mode)

    with pytest.raises(SettingsError, match="chmod 600"):
        book.pair("ingest")


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'access_key = "public"\nsecret = "{SECRET}"\n',
        f'access_key = "public"\nsecret_key = "{SECRET}"\nmore = 1\n',
        f'access_key = 1\nsecret_key = "{SECRET}"\n',
        f'access_key = ""\nsecret_key = "{SECRET}"\n',
        f'access_key = "public"\nsecret_key = {SECRET}\n',
        "[section]\n",
        "\udcff",
    ],
)
def test_a_file_of_another_form_is_refused_without_its_content(tmp_path, text):
    """What is wrong with a key file is said without a word of it, the cause included."""
    path = tmp_path / "ingest.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    path.chmod(0o600)

    with pytest.raises(SettingsError, match="not written as they should be") as caught:
        CredentialBook(tmp_path, {}).pair("ingest")

    assert SECRET not in f"{caught.value}{caught.value.__cause__!r}"
    assert ExitCode.USAGE is caught.value.exit_code


@pytest.mark.parametrize("text", ["", "public", "public:", f":{SECRET}"])
def test_a_variable_of_another_form_is_refused_without_its_content(tmp_path, text):
    """Half a key pair is no key pair."""
    book = CredentialBook(tmp_path, {"AUTOCLAVE_CREDENTIALS_INGEST": text})

    with pytest.raises(SettingsError) as caught:
        book.pair("ingest")

    assert SECRET not in str(caught.value)


def test_a_book_shows_no_secret(write):
    """The repr of what knows the keys holds none."""
    book = write(f'access_key = "public"\nsecret_key = "{SECRET}"\n')
    book.pair("ingest")

    assert SECRET not in f"{book!r} {vars(book)}"
