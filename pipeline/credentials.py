"""Reads secret keys and passwords: from the environment, else from a private file for each."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from custody.errors import SettingsError, StoreDeniedError
from pipeline.settings import CREDENTIALS_PREFIX

FIELDS = ("access_key", "secret_key")


class CredentialBook:
    """Looks secrets up when they are needed; nothing else of Autoclave holds one.

    AUTOCLAVE_CREDENTIALS_<IDENTITY> is "access key:secret key"; the file <folder>/<identity>.toml
    holds `access_key` and `secret_key`, or what else `fields` calls the two.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str] = os.environ,
        fields: tuple[str, str] = FIELDS,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._fields = fields

    def has(self, identity: str) -> bool:
        """Whether there is a variable or a file for an identity."""
        return self._variable(identity) in self._environment or self._path(identity).exists()

    def pair(self, identity: str) -> tuple[str, str]:
        """Return the access key and the secret key of an identity.

        Raises:
            StoreDeniedError: there are none here.
            SettingsError: they are not written as they should be, or others can read them.
        """
        variable = self._variable(identity)
        text = self._environment.get(variable)
        if text is None:
            return self._from_file(identity)
        access, _, secret = text.partition(":")
        if not access or not secret:
            raise SettingsError(
                f"{variable} is not written as it should be",
                next_step=f"write {self._fields[0].upper()}:{self._fields[1].upper()}",
            )
        return access, secret

    def _from_file(self, identity: str) -> tuple[str, str]:
        path = self._path(identity)
        try:
            if path.stat().st_mode & 0o077:
                raise SettingsError(
                    f"others can read the credentials {path}", next_step=f"chmod 600 {path}"
                )
            found = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise StoreDeniedError(
                f"there are no credentials of the identity {identity} here",
                next_step=f"put them into {path} or into {self._variable(identity)}",
            ) from error
        except OSError as error:
            raise SettingsError(
                f"{path}: {error.strerror}", next_step="make it readable"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise self._unreadable(path) from None  # the cause may quote the line with the key
        values = [found.get(name) for name in self._fields]
        if len(found) != len(values) or not all(isinstance(v, str) and v for v in values):
            raise self._unreadable(path)
        return str(values[0]), str(values[1])

    def _path(self, identity: str) -> Path:
        return self._folder / f"{identity}.toml"

    @staticmethod
    def _variable(identity: str) -> str:
        return f"{CREDENTIALS_PREFIX}{identity.upper()}"

    def _unreadable(self, path: Path) -> SettingsError:
        return SettingsError(
            f"the credentials {path} are not written as they should be",
            next_step=" and ".join(f'write {name} = "..."' for name in self._fields),
        )
