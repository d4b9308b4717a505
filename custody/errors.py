"""Every error that Autoclave raises on purpose, and the exit code each one ends in.

AutoclaveError
├── UsageError             the caller asked for something that cannot be                    2
│   └── SettingsError      a setting is unknown, missing or of the wrong type               2
├── SourceError            a source is not what it was, or could not be read whole          4
│   ├── SourceEmptyError   nothing is listed: unmounted, or the wrong folder                4
│   └── SourceChangedError another image or disk stands where this source was registered    4
├── RefusedError           Autoclave could go on and must not                               5
│   ├── PolicyError        the policy's demands are not met (packs, age, exceptions)        5
│   ├── RulesError         a rule pack does not compile or is not allowed                   5
│   ├── SandboxError       the box cannot be locked on this machine                         5
│   ├── CanaryMissedError  a process of the box calls itself blind; what it said is void    5
│   ├── SignatureError     a signature is missing, wrong, or by the wrong person            5
│   ├── NotInLedgerError   an effect was asked for without a genuine receipt                5
│   └── LedgerError        the ledger was rolled back, changed, or belongs to another home  5
├── UnavailableError       something that we need does not answer; safe to run again        6
│   ├── StoreError         an object store cannot be read or written                        6
│   │   ├── ObjectMissingError   the named object is not there                              6
│   │   ├── ObjectDamagedError   the bytes read are not the bytes that were put             6
│   │   ├── StoreDeniedError     the store answers, and does not let us                     6
│   │   └── StoreUntrustedError  the store's certificate is not one that we trust           6
│   └── CatalogueError     the database cannot be opened, read or written                   6
├── InterruptedRunError    a run was stopped from outside; the same command goes on         7
├── ShardOutgrownError     what a shard holds is too much for one; it is split, and goes on 1
└── LeaseLostError         a late owner tried to commit; its work is dropped, never kept    1

Wrong order of calls is a bug and raises RuntimeError; bad data raises one of these.
"""

from enum import IntEnum, unique
from typing import ClassVar


@unique
class ExitCode(IntEnum):
    """How a command ends. An unknown code is a failure."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    HELD = 3
    SOURCE = 4
    REFUSED = 5
    UNAVAILABLE = 6
    INTERRUPTED = 7


EXIT_MEANINGS: dict[ExitCode, str] = {
    ExitCode.DONE: "done, nothing asks for a person",
    ExitCode.FAILED: "internal failure, or unexplained entries",
    ExitCode.USAGE: "usage: the command line or a setting is wrong",
    ExitCode.HELD: "done, something is held (a normal day)",
    ExitCode.SOURCE: "a source is empty, changed, or was not read whole",
    ExitCode.REFUSED: "refused: policy, signature or ledger",
    ExitCode.UNAVAILABLE: "a store or the database is unavailable",
    ExitCode.INTERRUPTED: "interrupted, safe to run again",
}


class AutoclaveError(Exception):
    """Root of all errors raised on purpose; carries the reason and the next step for a person."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, reason: str, *, next_step: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.reason} -> {self.next_step}" if self.next_step else self.reason


class UsageError(AutoclaveError):
    """The caller asked for something that cannot be."""

    exit_code = ExitCode.USAGE


class SettingsError(UsageError):
    """A setting is unknown, missing or of the wrong type."""


class SourceError(AutoclaveError):
    """A source is not what it was, or could not be read whole."""

    exit_code = ExitCode.SOURCE


class SourceEmptyError(SourceError):
    """Nothing is listed at a source: it is unmounted, or the wrong folder."""


class SourceChangedError(SourceError):
    """Another image or disk stands where this source was registered."""


class RefusedError(AutoclaveError):
    """Autoclave could go on and must not."""

    exit_code = ExitCode.REFUSED


class PolicyError(RefusedError):
    """The policy's demands are not met."""


class RulesError(RefusedError):
    """A rule pack does not compile or is not allowed."""


class SandboxError(RefusedError):
    """The box cannot be locked on this machine, so nothing hostile may be opened."""


class CanaryMissedError(RefusedError):
    """A process of the box calls itself blind; what it said is void, and it is replaced."""


class SignatureError(RefusedError):
    """A signature is missing, wrong, or by the wrong person."""


class NotInLedgerError(RefusedError):
    """An effect was asked for without a genuine receipt for exactly that."""


class LedgerError(RefusedError):
    """The ledger was rolled back, changed, or belongs to another home."""


class UnavailableError(AutoclaveError):
    """Something that we need does not answer; the same command may be run again."""

    exit_code = ExitCode.UNAVAILABLE


class StoreError(UnavailableError):
    """An object store cannot be read or written."""


class ObjectMissingError(StoreError):
    """The named object is not in the store."""


class ObjectDamagedError(StoreError):
    """The bytes read from a store are not the bytes that were put there."""


class StoreDeniedError(StoreError):
    """A store answers and does not let us: keys, policy, a lock, or a bucket that is not set up."""


class StoreUntrustedError(StoreError):
    """What answers in a store's place does not prove that it is the store."""


class CatalogueError(UnavailableError):
    """The database cannot be opened, read or written."""


class InterruptedRunError(AutoclaveError):
    """A run was stopped from outside; the same command goes on where it was."""

    exit_code = ExitCode.INTERRUPTED


class ShardOutgrownError(AutoclaveError):
    """The containers of a shard hold more than one shard works on; it is split, and no failure."""


class LeaseLostError(AutoclaveError):
    """A late owner tried to commit; its work is dropped and the shard belongs to another."""
