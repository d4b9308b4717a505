"""The operator's list of passwords for archives: read where it is used, kept in memory only.

The list goes to the box with its programs. What is kept is a code under a key of the home: it tells
two lists apart, so that another list opens what this one did not, and tells nothing of a password.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from pathlib import Path

from custody.errors import SettingsError

MOST_PASSWORDS = 32
LONGEST = 256
CODE_DIGITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """The passwords in their order, and the code of the list; both empty without a list."""

    words: tuple[str, ...] = field(default=(), repr=False)
    code: str = ""


NO_PASSWORDS = Passwords()


def read_passwords(path: str, key: bytes) -> Passwords:
    """Return the list of a file: a password a line, UTF-8, empty lines left out.

    Raises:
        SettingsError: the file cannot be read, or holds too many or too long ones.
    """
    if not path:
        return NO_PASSWORDS
    lines = _read(Path(path).expanduser()).splitlines()
    words = tuple(dict.fromkeys(line for line in lines if line))
    if len(words) > MOST_PASSWORDS or any(len(word) > LONGEST for word in words):
        raise SettingsError(
            f"{path} holds more than {MOST_PASSWORDS} passwords, or one of over {LONGEST} letters",
            next_step="each archive is tried with all of them: name those that may fit",
        )
    secret = hashlib.sha256(b"passwords" + key).digest()
    told = json.dumps(words).encode()
    code = hmac.new(secret, told, hashlib.sha256).hexdigest()[:CODE_DIGITS]
    return Passwords(words=words, code=code) if words else NO_PASSWORDS


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(
            f"the passwords in {path} cannot be read: {error.strerror}",
            next_step="name a readable file, a password a line",
        ) from error
    except UnicodeDecodeError as error:
        # Without "from": the message of the error quotes the bytes.
        raise SettingsError(
            f"{path} is no text in UTF-8 (byte {error.start})", next_step="save it as UTF-8"
        ) from None
