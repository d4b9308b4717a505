"""Signatures under rule packs: a pack comes from whoever holds the key that the operator named."""

from pathlib import Path

from audit.ssh_keys import accepted_line
from audit.sshsig import verify
from custody.errors import RulesError, UsageError
from sanitizers.rules.pack import RulePackSource

# `ssh-keygen -Y sign -n rules@autoclave -f KEY FILE` makes such a signature.
NAMESPACE = "rules@autoclave"
MOST_BYTES = 64 * 1024


def check_signature(
    source: RulePackSource, path: Path, signature: Path | None, signer: Path | None
) -> str:
    """Return the public key that signed a pack; empty when no signature was given.

    Raises:
        UsageError: only one of signature and key was given.
        RulesError: one of the files cannot be read.
        SignatureError: the key did not sign this pack.
    """
    if signature is None and signer is None:
        return ""
    if signature is None or signer is None:
        raise UsageError(
            "a signature is checked against a key", next_step="give both --signature and --signer"
        )
    key = accepted_line(_text(signer))
    signed = path.read_bytes() if path.is_file() else list_of_files(source)
    verify(key, signed, NAMESPACE, _text(signature))
    return key


def list_of_files(source: RulePackSource) -> bytes:
    """Return the lines that are signed of a folder: as `sha256sum` writes them, by path."""
    files = sorted(source.manifest.files.items())
    return "".join(f"{digest}  {path}\n" for path, digest in files).encode()


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise RulesError(
            f"{path.name} cannot be read: {error.strerror}", next_step="give the path of a file"
        ) from error
