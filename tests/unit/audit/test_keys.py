import hashlib

import pytest

from audit import keys
from audit.verify import trusted_key
from custody.errors import SettingsError


def test_generated_keys_differ():
    """A new key is 32 random bytes."""
    first, second = keys.generate(), keys.generate()

    assert keys.SEED_SIZE == len(first)
    assert first != second


def test_a_key_file_is_loaded(tmp_path):
    """A key file that only its owner can read gives its seed and a signer."""
    path = tmp_path / "ledger.key"
    path.write_bytes(bytes(range(32)))
    path.chmod(0o600)

    assert bytes(range(32)) == keys.load(path)
    assert keys.signer("name", path).vkey.startswith("name+")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    """A key that another account could have read is no key any more."""
    path = tmp_path / "ledger.key"
    path.write_bytes(bytes(32))
    path.chmod(mode)
    with pytest.raises(SettingsError, match="other accounts"):
        keys.load(path)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_file_of_another_size_is_no_key(tmp_path, size):
    """A cut or longer key file is refused."""
    path = tmp_path / "ledger.key"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="32 bytes"):
        keys.load(path)


def test_a_missing_key_says_so(tmp_path):
    """Without its key a ledger cannot go on, and the error says what to do."""
    with pytest.raises(SettingsError, match="backup"):
        keys.load(tmp_path / "none")


def test_a_fingerprint_is_what_a_tool_can_compute():
    """The fingerprint is the first half of the key's SHA-256, in groups of four for paper."""
    expected = hashlib.sha256(b"some key").hexdigest()[:32]

    assert expected == keys.fingerprint("some key").replace(" ", "")
    assert 8 == len(keys.fingerprint("some key").split(" "))


def test_a_fingerprint_finds_its_key():
    """What stands on paper is accepted as it was written, in any case and with any spaces."""
    from tests.corpus.ledgers import SIGNER
    from tests.corpus.named_bytes import NamedBytes

    files = NamedBytes({"keys/ledger.vkey": f"{SIGNER.vkey}\n".encode()})
    written = keys.fingerprint(SIGNER.vkey).upper().replace(" ", ":")

    assert SIGNER.name == trusted_key(files, written).name
