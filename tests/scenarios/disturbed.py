"""The same recovery twice: undisturbed in one home, killed again and again in the other."""

import random
from dataclasses import dataclass
from pathlib import Path

from tests.scenarios.conftest import Autoclave, Ended
from tests.scenarios.model import check_history


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbed:
    """Both homes, and how the command ended in each; `kills` is how often it was killed."""

    calm: Autoclave
    killed: Autoclave
    undisturbed: Ended
    ended: Ended
    kills: int

    def check(self) -> None:
        """Check that it was killed at all, that its history is possible, and that it verifies."""
        assert self.kills > 0
        assert [] == check_history(self.killed.home).faults
        assert 0 == self.killed("audit", "verify", "--deep").code


def disturb(folder: Path, source: Path, *, kills: int, shard: int, parts: int = 0) -> Disturbed:
    """Recover a source calmly, and with kill -9 at random moments until it is let end.

    Shards hold so many entries, and as many parts of containers, if a number of them is given.
    """
    small: tuple[tuple[str, str], ...] = (("AUTOCLAVE_RUN_SHARD_ENTRIES", str(shard)),)
    if parts:
        small += (("AUTOCLAVE_RUN_SHARD_PARTS", str(parts)),)
    calm = Autoclave(home=folder / "calm", settings=small)
    killed = Autoclave(home=folder / "killed", settings=small)
    arguments = ("recover", source, "--host", "srv1", "--json")
    undisturbed = calm(*arguments)
    chance = random.Random(20261128)  # the same moments each time, as far as a machine allows
    count = sum(killed.kill_after(chance.uniform(1.0, 3.5), *arguments) for _ in range(kills))
    return Disturbed(
        calm=calm, killed=killed, undisturbed=undisturbed, ended=killed(*arguments), kills=count
    )
