"""Native ciphers for files that open without a password; for the forked lane only."""

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from formats.faults import UnsupportedError


class NativeCiphers:
    """RC4 and AES as the PDF format uses them."""

    def rc4(self, key: bytes, content: bytes) -> bytes:
        """Return content deciphered by RC4.

        Raises:
            UnsupportedError: no RC4 key has this length.
        """
        try:
            return Cipher(ARC4(key), mode=None).decryptor().update(content)
        except ValueError as error:
            raise UnsupportedError("a key of an unusual length") from error

    def aes(self, key: bytes, start: bytes, content: bytes, *, sealing: bool = False) -> bytes:
        """Return content through AES in CBC mode, without padding."""
        cipher = Cipher(AES(key), CBC(start))
        context = cipher.encryptor() if sealing else cipher.decryptor()
        return context.update(content) + context.finalize()
