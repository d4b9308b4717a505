"""Homes whose stores are buckets of a real gateway: users, key files and the settings of both."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.buckets import set_up
from pipeline.home import Home
from pipeline.settings import read_settings
from storage.s3.client import Credentials, Endpoint, connect
from storage.s3.identities import Identity, Zone
from tests.corpus.gateway import Gateway

OWNER = "owner"
NOBODY = "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One set of users and bucket names, so that tests on one gateway do not meet."""

    gateway: Gateway
    users: str
    prefix: str
    keys: Mapping[str, tuple[str, str]]

    @property
    def endpoint(self) -> Endpoint:
        """Where clients connect."""
        return Endpoint(url=self.gateway.endpoint, region="default", ca_file=self.gateway.ca_file)

    def client(self, user: str):
        """Connect as one of the users."""
        access, secret = self.keys[user]
        return connect(self.endpoint, Credentials(access_key=access, secret_key=secret))

    def bucket(self, zone: Zone) -> str:
        """Name a bucket."""
        return f"{self.prefix}-{zone.value}"

    def with_new_buckets(self) -> "Account":
        """Return the same users with bucket names that nobody has used: making users is slow."""
        return replace(self, prefix=_fresh())

    @property
    def principal(self) -> str:
        """How the gateway names an identity of this account."""
        return f"arn:aws:iam:::user/{self.users}-{{identity}}"

    def write_settings(self, home: Path, **extra: str | int) -> None:
        """Make a home's settings file and key files, the owner's among them."""
        values = {
            "kind": "s3",
            "endpoint": self.gateway.endpoint,
            "ca_file": str(self.gateway.ca_file),
            "prefix": self.prefix,
            "principal": self.principal,
            "lock_days": 1,
            **extra,
        }
        lines = [f"{k} = {v}" if isinstance(v, int) else f'{k} = "{v}"' for k, v in values.items()]
        home.mkdir(mode=0o700, exist_ok=True)
        (home / "autoclave.toml").write_text("\n".join(["[stores]", *lines, ""]))
        self.write_keys(home, self.keys)

    def make_buckets(self, home: Path) -> None:
        """Set the buckets up from a home, as its `init --stores s3` does."""
        set_up(read_settings(home, {}), Home(root=home), {})

    def write_keys(self, home: Path, users: Iterable[str]) -> None:
        """Write the key files of some users into a home."""
        folder = home / "credentials"
        folder.mkdir(mode=0o700, exist_ok=True)
        for user in users:
            access, secret = self.keys[user]
            path = folder / f"{user}.toml"
            path.touch(mode=0o600)
            path.write_text(f'access_key = "{access}"\nsecret_key = "{secret}"\n')


def an_account(gateway: Gateway) -> Account:
    """Make an owner, a user for each identity, and a stranger."""
    prefix = _fresh()
    users = [identity.value for identity in Identity]
    keys = {user: gateway.user(f"{prefix}-{user}") for user in (*users, NOBODY)}
    keys[OWNER] = gateway.user(f"{prefix}-{OWNER}", buckets=1000)
    return Account(gateway=gateway, users=prefix, prefix=prefix, keys=keys)


def _fresh() -> str:
    return f"t{uuid.uuid4().hex[:10]}"
