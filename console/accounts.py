"""Accounts of the console: one registered person each, in private files of the home.

An account holds no right. What a person may do is their registered role, asked at each request;
what counts as their decision is a signature by their registered key.
"""

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from audit.ssh_keys import PrivateKey, load_private_key, public_line, write_private_key
from console.passwords import (
    DEFAULT_COST,
    SALT_BYTES,
    Cost,
    check_password,
    hashed,
    matches,
    sealing_secret,
)
from custody.errors import SignatureError, StoreError, UsageError
from custody.people import Person
from storage.faults import store_faults

PRIVATE = 0o700
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who may log in. `sealed_key` names the file with their key; without one they only look."""

    name: str
    password: str
    salt: str
    cost: Cost
    sealed_key: str = ""

    @property
    def may_sign(self) -> bool:
        """Whether decisions can be signed in the console with this account."""
        return bool(self.sealed_key)


class Accounts:
    """The accounts of a home. A file is named by a code: names may hold what file names may not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str) -> Account | None:
        """Return an account.

        Raises:
            StoreError: its file cannot be read, or holds no account of this name.
        """
        path = self._file(name)
        with store_faults("read an account"):
            if not path.exists():
                return None
            content = path.read_bytes()
        account = _decoded(content)
        if account.name != name:
            raise _damaged()
        return account

    def all(self) -> list[Account]:
        """Return every account, by name."""
        with store_faults("read the accounts"):
            files = sorted(self._folder.glob("*.json"))
            found = [_decoded(file.read_bytes()) for file in files]
        return sorted(found, key=lambda account: account.name)

    def give(
        self, person: Person, password: str, key: Path | None, cost: Cost = DEFAULT_COST
    ) -> Account:
        """Make a person's account, or a new password for it, in the place of the one there.

        Raises:
            UsageError: the password is too short or too long, or the key is not the person's.
            SignatureError: the key's file cannot be opened.
            StoreError: the account cannot be written.
        """
        check_password(password)
        salt = os.urandom(SALT_BYTES)
        sealed = ""
        if key is not None:
            opened = _own_key(person, key)
            sealed = f"{_code(person.name)}-{secrets.token_hex(8)}.pem"
            with store_faults("write an account"):
                self._folder.mkdir(mode=PRIVATE, exist_ok=True)
                secret = sealing_secret(password, salt, cost)
                write_private_key(self._folder / sealed, opened, secret)
        account = Account(
            name=person.name,
            password=hashed(password, cost),
            salt=salt.hex(),
            cost=cost,
            sealed_key=sealed,
        )
        self._write(account)
        return account

    def take(self, name: str) -> None:
        """Remove an account and the sealed key with it.

        Raises:
            UsageError: there is none.
        """
        if self.get(name) is None:
            raise UsageError(f"{name} has no account", next_step="see `autoclave console accounts`")
        with store_faults("remove an account"):
            self._file(name).unlink()
        self._sweep(name, kept="")

    def open_key(self, account: Account, password: str) -> PrivateKey:
        """Return the private key of a person who typed their password.

        Raises:
            SignatureError: there is no key, or the password is not the one that it is sealed under.
        """
        if not account.may_sign or not matches(password, account.password):
            raise SignatureError(
                "the password is not the one of this account", next_step="type it again"
            )
        secret = sealing_secret(password, bytes.fromhex(account.salt), account.cost)
        return load_private_key(self._folder / account.sealed_key, secret)

    def _write(self, account: Account) -> None:
        content = json.dumps({"v": VERSION, **asdict(account)}, indent=1).encode()
        with store_faults("write an account"):
            self._folder.mkdir(mode=PRIVATE, exist_ok=True)
            begun = self._folder / f".{secrets.token_hex(8)}"
            descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            begun.replace(self._file(account.name))
        self._sweep(account.name, kept=account.sealed_key)

    def _sweep(self, name: str, kept: str) -> None:
        """Remove the sealed keys that an account no longer names."""
        with store_faults("remove a sealed key"):
            for file in self._folder.glob(f"{_code(name)}-*.pem"):
                if file.name != kept:
                    file.unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{_code(name)}.json"


def _own_key(person: Person, key: Path) -> PrivateKey:
    opened = load_private_key(key)
    if public_line(opened) != person.public_key:
        raise UsageError(
            f"this is not the registered key of {person.name}",
            next_step="give the private key whose .pub file `autoclave people list` shows",
        )
    if not person.may_decide:
        raise SignatureError(
            f"{person.name} is {person.role.value} and may not decide",
            next_step="give the account without --key",
        )
    return opened


def _code(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _decoded(content: bytes) -> Account:
    try:
        fields = json.loads(content)
        if fields.pop("v") != VERSION:
            raise _damaged()
        return Account(**fields | {"cost": Cost(**fields["cost"])})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged() from error


def _damaged() -> StoreError:
    return StoreError(
        "the file of an account cannot be understood",
        next_step="give the account again: autoclave console give",
    )
