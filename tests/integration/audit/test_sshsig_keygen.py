import shutil
import subprocess

import pytest

from audit import sshsig
from custody.errors import SignatureError

KEYGEN = shutil.which("ssh-keygen")
pytestmark = pytest.mark.skipif(KEYGEN is None, reason="ssh-keygen (OpenSSH) is not installed")

MESSAGE = "décision\n".encode()
SPACE = sshsig.DECISION_NAMESPACE
KINDS = {"ed25519": [], "ecdsa": ["-b", "256"], "rsa": ["-b", "3072"]}


def keygen(*arguments, stdin=b""):
    """Run ssh-keygen and return what it did."""
    return subprocess.run(
        [KEYGEN, *map(str, arguments)], input=stdin, capture_output=True, check=False
    )


@pytest.fixture(scope="module", params=KINDS)
def key_path(request, tmp_path_factory):
    """A key of each kind, as ssh-keygen makes it."""
    path = tmp_path_factory.mktemp("keys") / request.param
    made = keygen("-q", "-t", request.param, *KINDS[request.param], "-N", "", "-f", path)
    assert 0 == made.returncode
    return path


def test_ours_verifies_what_keygen_signs(key_path):
    """A signature by `ssh-keygen -Y sign` verifies here, and over no other text."""
    made = keygen("-Y", "sign", "-n", SPACE, "-f", key_path, "-", stdin=MESSAGE)
    armored = made.stdout.decode()
    line = key_path.with_suffix(".pub").read_text()

    sshsig.verify(line, MESSAGE, SPACE, armored)
    with pytest.raises(SignatureError):
        sshsig.verify(line, MESSAGE + b"x", SPACE, armored)


def test_ours_verifies_the_other_hash(key_path):
    """A signature over SHA-256 verifies as well as one over SHA-512."""
    made = keygen(
        "-Y", "sign", "-O", "hashalg=sha256", "-n", SPACE, "-f", key_path, "-", stdin=MESSAGE
    )
    line = key_path.with_suffix(".pub").read_text()

    sshsig.verify(line, MESSAGE, SPACE, made.stdout.decode())
    assert b"SIGNATURE" in made.stdout


def test_keygen_verifies_what_ours_signs(key_path, tmp_path):
    """`ssh-keygen -Y verify` accepts our signature and refuses it over another text."""
    key = sshsig.load_private_key(key_path)
    signature, signers = tmp_path / "text.sig", tmp_path / "allowed"
    signature.write_text(sshsig.sign(key, MESSAGE, SPACE))
    signers.write_text(f"claire {sshsig.public_line(key)}\n")
    verify = ("-Y", "verify", "-f", signers, "-I", "claire", "-n", SPACE, "-s", signature)

    assert 0 == keygen(*verify, stdin=MESSAGE).returncode
    assert 0 != keygen(*verify, stdin=MESSAGE + b"x").returncode


def test_keygen_reads_the_keys_that_ours_writes(tmp_path):
    """A key that we generate and write is one that ssh-keygen can use."""
    path = tmp_path / "key"
    key = sshsig.generate()
    sshsig.write_private_key(path, key)

    assert sshsig.public_line(key) == keygen("-y", "-f", path).stdout.decode().strip()


def test_a_key_that_only_keygen_can_open_says_so(tmp_path):
    """A passphrase-protected OpenSSH key is refused with the way out."""
    path = tmp_path / "key"
    keygen("-q", "-t", "ed25519", "-N", "secret phrase", "-f", path)

    with pytest.raises(SignatureError, match="ssh-keygen -Y sign"):
        sshsig.load_private_key(path, "secret phrase")
    with pytest.raises(SignatureError):
        sshsig.load_private_key(path)
