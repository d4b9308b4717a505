"""Data types of the SSH wire format (RFC 4251 §5), read strictly: every byte counts."""

import base64
import binascii

from custody.errors import SignatureError

LONGEST_MPINT = 2049  # 16384 bits and a sign byte; larger RSA keys cost minutes to verify


def malformed(reason: str) -> SignatureError:
    """Return the error for bytes that are no SSH signature or key."""
    return SignatureError(
        f"malformed SSH signature or key: {reason}",
        next_step="sign again with `ssh-keygen -Y sign` and hand the file over unchanged",
    )


class WireReader:
    """Reads one SSH structure from the front; `finish` refuses what is left over."""

    def __init__(self, untrusted_content: bytes) -> None:
        self._rest = untrusted_content

    def take(self, length: int) -> bytes:
        """Return exactly so many bytes."""
        if length > len(self._rest):
            raise malformed("it ends early")
        taken, self._rest = self._rest[:length], self._rest[length:]
        return taken

    def uint32(self) -> int:
        """Return an unsigned 32-bit number."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """Return a byte string with its length before it."""
        return self.take(self.uint32())

    def text(self) -> str:
        """Return a string that holds a name: printable ASCII only."""
        untrusted_name = self.string()
        if not (untrusted_name.isascii() and untrusted_name.decode("ascii").isprintable()):
            raise malformed("a name in it is not printable ASCII")
        return untrusted_name.decode("ascii")

    def mpint(self) -> int:
        """Return a positive number in its only valid, shortest form (RFC 4251 §5)."""
        digits = self.string()
        if not digits or len(digits) > LONGEST_MPINT or digits[0] & 0x80:
            raise malformed("a number in it is zero, negative or too long")
        if digits[0] == 0 and (len(digits) == 1 or not digits[1] & 0x80):
            raise malformed("a number in it is not in its shortest form")
        return int.from_bytes(digits, "big")

    def finish(self) -> None:
        """Refuse bytes after the last field: two readers could see two different things."""
        if self._rest:
            raise malformed(f"{len(self._rest)} bytes follow its end")


def string(content: bytes) -> bytes:
    """Return a byte string with its length before it."""
    return len(content).to_bytes(4, "big") + content


def mpint(number: int) -> bytes:
    """Return a positive number in its shortest form."""
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big"))


def decode_base64(untrusted_text: str) -> bytes:
    """Return the bytes of a base64 text in its only valid form: no loose bits, nothing else.

    Raises:
        SignatureError: it is another form, or no base64.
    """
    try:
        content = base64.b64decode(untrusted_text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed("it is not base64") from error
    if base64.b64encode(content).decode("ascii") != untrusted_text:
        raise malformed("its base64 has loose bits")
    return content
