"""The reader of policy files: TOML, every key known, every value in range, or a refusal."""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, cast

from custody.digest import Digest, digest_of
from custody.errors import PolicyError
from custody.fate import VERDICT_ACTIONS
from custody.lifecycle import Action
from custody.outcome import Coverage
from custody.people import MAY_DECIDE, Role
from custody.signing_rules import AnchorDemand, SigningRules
from custody.verdict import Verdict
from sanitizers.derogations import PlannedDerogation
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.rulings import HOLD_ALL, Ruling, Rulings, Switches
from sanitizers.policy import Alarms, PackDemand, Policy

FOLDER = Path(__file__).parent / "policies"
LOOSENINGS = (
    "waiver",
    "unscanned_waiver",
    "name_waiver",
    "derogation",
    "rules",
    "goodware",
    "policy",
)
FATE_ACTIONS = {"held": Action.HOLD, "set_aside": Action.SET_ASIDE, "refused": Action.REFUSE}
MOST_PEOPLE = 9
HOLD, DISARM = "hold", "disarm"
# Whether a signature may go is asked of a person, content by content.
SWITCHES = tuple(switch for switch in Switch if switch is not Switch.ALTHOUGH_SIGNED)
DISARM_WORDS = (HOLD, DISARM, *(switch.value for switch in SWITCHES))
PDF = "application/pdf"

AnyEnum = TypeVar("AnyEnum", bound=Enum)


def built_in_names() -> tuple[str, ...]:
    """Return the names of the policies that come with Autoclave."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def shipped_with(digest: Digest) -> Policy | None:
    """Return the policy of this digest that comes with this version of Autoclave."""
    shipped = (read_policy(name) for name in built_in_names())
    return next((policy for policy in shipped if policy.digest == digest), None)


def read_policy(name_or_path: str | Path) -> Policy:
    """Read a policy that comes with Autoclave, by name, or any other by its path.

    Raises:
        PolicyError: there is no such policy, or the file is not a policy.
    """
    names = built_in_names()
    path = FOLDER / f"{name_or_path}.toml" if str(name_or_path) in names else Path(name_or_path)
    return parse_policy(read_content(path))


def read_content(path: Path) -> bytes:
    """Return the bytes of a policy file; a pipe could block for ever, so only a file is read.

    Raises:
        PolicyError: there is no regular file at the path, or it cannot be read.
    """
    step = f"give the path of a policy file, or one of: {', '.join(built_in_names())}"
    if path.exists() and not path.is_file():
        raise PolicyError(f"policy {path} is no regular file", next_step=step)
    try:
        return path.read_bytes()
    except OSError as error:
        raise PolicyError(
            f"policy {path} cannot be read: {error.strerror}", next_step=step
        ) from error


def parse_policy(content: bytes) -> Policy:
    """Return the policy that a file's bytes state.

    Raises:
        PolicyError: it is not TOML, a key is unknown or missing, or a value is out of range.
    """
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PolicyError(f"the policy is not TOML: {error}", next_step="correct it") from error
    table = _Table("", document)
    coverage, types, rules = (
        table.table("coverage"),
        table.table("types"),
        table.table("rules"),
    )
    scanners = table.table("scanners")
    policy = Policy(
        name=table.text("name"),
        digest=digest_of(content),
        seals=table.boolean("seals_restore_sets"),
        scanners=frozenset(scanners.texts("required")),
        coverages=_coverages(coverage, "default"),
        type_coverages=_type_coverages(coverage.table("types", optional=True)),
        promotable=types.texts("promotable"),
        prohibited=types.texts("prohibited"),
        packs=tuple(_pack_demand(each) for each in rules.tables("packs")),
        least_rules=rules.number("least_rules", 1),
        newest_added_days=rules.number("newest_added_days", 0),
        actions=_actions(table.table("fates", optional=True)),
        people=_people(table.table("people")),
        alarms=_alarms(table.table("alarms")),
        derogations=_derogations(table.tables("derogations", optional=True)),
        disarm=_rulings(table.table("disarm", optional=True)),
        restore=_restore(table.table("restore", optional=True)),
    )
    for each in (coverage, types, rules, scanners, table):
        each.refuse_others()
    return policy


class _Table:
    """One TOML table whose keys are taken one by one; what is left over is unknown."""

    def __init__(self, path: str, content: Mapping[str, Any]) -> None:
        self._path = path
        self._content = content
        self._taken: list[str] = []

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._content)

    def name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def text(self, key: str) -> str:
        value = self._take(key, str, "a text")
        if not value.strip():
            raise _wrong(self.name(key), "a text that is not empty")
        return str(value)

    def line(self, key: str) -> str:
        value = self.text(key)
        if not value.isprintable():
            raise _wrong(self.name(key), "one printable line")
        return value

    def boolean(self, key: str) -> bool:
        return bool(self._take(key, bool, "true or false"))

    def number(self, key: str, least: int, most: int = 1_000_000) -> int:
        value = self._take(key, int, "a whole number")
        if isinstance(value, bool) or not least <= value <= most:
            raise _wrong(self.name(key), f"a whole number from {least} to {most}")
        return int(value)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list, "a list of texts")
        if not values or not all(isinstance(value, str) and value for value in values):
            raise _wrong(self.name(key), "a list of texts that is not empty")
        return tuple(values)

    def table(self, key: str, *, optional: bool = False) -> "_Table":
        if optional and key not in self._content:
            self._taken.append(key)
            return _Table(self.name(key), {})
        return _Table(self.name(key), self._take(key, dict, "a table"))

    def day(self, key: str) -> date:
        value = self._take(key, date, "a date like 2026-12-24")
        if isinstance(value, datetime):
            raise _wrong(self.name(key), "a date like 2026-12-24")
        return cast("date", value)

    def tables(self, key: str, *, optional: bool = False) -> tuple["_Table", ...]:
        if optional and key not in self._content:
            self._taken.append(key)
            return ()
        values = self._take(key, list, "a list of tables")
        if not values or not all(isinstance(value, dict) for value in values):
            raise _wrong(self.name(key), "a list of tables that is not empty")
        return tuple(_Table(f"{self.name(key)}[{n}]", each) for n, each in enumerate(values))

    def refuse_others(self) -> None:
        for key in self._content:
            if key not in self._taken:
                raise _unknown(self.name(key), key, self._taken)

    def _take(self, key: str, kind: type, wanted: str) -> Any:
        self._taken.append(key)
        if key not in self._content:
            near = _nearest(key, (k for k in self._content if k not in self._taken))
            raise PolicyError(
                f"the policy says nothing about {self.name(key)}",
                next_step=f"correct {near}" if near else f"set {self.name(key)} to {wanted}",
            )
        if not isinstance(self._content[key], kind):
            raise _wrong(self.name(key), wanted)
        return self._content[key]


def _coverages(table: _Table, key: str) -> frozenset[Coverage]:
    return frozenset(_member(Coverage, table.name(key), text) for text in table.texts(key))


def _type_coverages(table: _Table) -> dict[str, frozenset[Coverage]]:
    return {pattern: _coverages(table, pattern) for pattern in table.keys}


def _pack_demand(table: _Table) -> PackDemand:
    demand = PackDemand(
        name=table.text("name"),
        least_rules=table.number("least_rules", 1),
        greatest_age_days=table.number("greatest_age_days", 0),
    )
    table.refuse_others()
    return demand


def _derogations(tables: Iterable[_Table]) -> tuple[PlannedDerogation, ...]:
    """Read the derogations; each has a name of its own, by which status and certificates tell."""
    found = tuple(_derogation(each) for each in tables)
    twice = [name for name, n in Counter(each.name for each in found).items() if n > 1]
    if twice:
        raise PolicyError(
            f"the policy has two derogations called {twice[0]}", next_step="rename one of them"
        )
    return found


def _derogation(table: _Table) -> PlannedDerogation:
    derogation = PlannedDerogation(
        name=table.line("name"),
        asked_by=table.line("asked_by"),
        reason=table.line("reason"),
        until=table.day("until"),
        scanner=table.line("scanner"),
        rule=table.line("rule"),
        service=table.line("service"),
        media_type=table.line("media_type"),
        folder=table.line("folder"),
    )
    table.refuse_others()
    return derogation


def _rulings(table: _Table) -> Rulings:
    """Read what is disarmed: by service and type, then by type, then whatever is left.

    A policy without a word about it disarms nothing.
    """
    if not table.keys:
        return HOLD_ALL
    by_service = tuple(map(_service_ruling, table.tables("services", optional=True)))
    types = table.table("types", optional=True)
    by_type = tuple(
        Ruling(media_type=pattern, switches=_switches(types, pattern, pattern))
        for pattern in types.keys
    )
    rest = Ruling(switches=_switches(table, "default", "*"))
    table.refuse_others()
    return Rulings(rulings=(*by_service, *by_type, rest))


def _service_ruling(table: _Table) -> Ruling:
    service, pattern = table.line("service"), table.line("media_type")
    switches = _switches(table, "switches", pattern)
    table.refuse_others()
    return Ruling(media_type=pattern, service=service, switches=switches)


def _switches(table: _Table, key: str, pattern: str) -> Switches | None:
    """Read how a type is disarmed; None when it is held."""
    words, name = table.texts(key), table.name(key)
    unknown = [word for word in words if word not in DISARM_WORDS]
    if unknown:
        raise _wrong(name, f"a list of {', '.join(DISARM_WORDS)} (it has {unknown[0]})")
    if words == (HOLD,):
        return None
    if HOLD in words or DISARM not in words:
        raise _wrong(name, f"either {HOLD} alone, or {DISARM} with what is asked of it")
    switches = frozenset(Switch(word) for word in words if word != DISARM)
    if Switch.PIXELS in switches and pattern != PDF:
        raise _wrong(name, f"without {Switch.PIXELS.value}: only {PDF} can become pictures")
    if {Switch.PIXELS, Switch.KEEP_LINKS} <= switches:
        raise _wrong(name, "free of contradiction: pictures of pages keep no links")
    return switches


def _restore(table: _Table) -> SigningRules:
    """Read who must sign a restore set; a policy without a word about it asks for the most."""
    if not table.keys:
        return SigningRules()
    rules = SigningRules(
        signatures=table.number("signatures", 2, MOST_PEOPLE),
        attack_roles=_roles(table, "attack_roles"),
        failure_roles=_roles(table, "failure_roles"),
        days=table.number("days", 1, 366),
        unsealed=table.boolean("unsealed"),
        anchor=_anchor(table),
    )
    table.refuse_others()
    return rules


def _anchor(table: _Table) -> AnchorDemand:
    """Read which anchor is asked for; a policy from before there was this word asks for one."""
    if "anchor" not in table.keys:
        return AnchorDemand.PAPER
    return _member(AnchorDemand, table.name("anchor"), table.text("anchor"))


def _roles(table: _Table, key: str) -> frozenset[Role]:
    roles = frozenset(_member(Role, table.name(key), text) for text in table.texts(key))
    if roles - MAY_DECIDE:
        raise _wrong(table.name(key), "a list of roles that may decide")
    return roles


def _actions(table: _Table) -> dict[Verdict, Action]:
    """Return what follows from each verdict: the default, unless the policy says otherwise."""
    actions = dict(VERDICT_ACTIONS)
    for key in table.keys:
        verdict = _member(Verdict, table.name(key), key)
        if verdict not in actions:
            raise _unknown(table.name(key), key, (v.value for v in actions))
        fate = table.text(key)
        if fate not in FATE_ACTIONS:
            raise _wrong(table.name(key), f"one of {', '.join(FATE_ACTIONS)}")
        actions[verdict] = FATE_ACTIONS[fate]
    return actions


def _people(table: _Table) -> dict[str, int]:
    """Read how many must sign each loosening; no policy lets one person open the gate."""
    people = {key: table.number(key, 2, MOST_PEOPLE) for key in LOOSENINGS}
    table.refuse_others()
    return people


def _alarms(table: _Table) -> Alarms:
    alarms = Alarms(
        encrypted_files=table.number("encrypted_files", 1),
        encrypted_percent=table.number("encrypted_percent", 1, 100),
        ransom_notes=table.number("ransom_notes", 1),
        window_hours=table.number("window_hours", 1),
    )
    table.refuse_others()
    return alarms


def _member(kind: Callable[[str], AnyEnum], name: str, text: str) -> AnyEnum:
    try:
        return kind(text)
    except ValueError as error:
        raise PolicyError(
            f"the policy's {name} cannot be {text}", next_step=f"correct {name}"
        ) from error


def _wrong(name: str, wanted: str) -> PolicyError:
    return PolicyError(f"the policy's {name} is not {wanted}", next_step=f"correct {name}")


def _unknown(name: str, key: str, known: Iterable[str]) -> PolicyError:
    near = _nearest(key, known)
    step = f"did you mean {near}?" if near else f"remove {name}"
    return PolicyError(f"the policy has an unknown key {name}", next_step=step)


def _nearest(key: str, known: Iterable[str]) -> str:
    return next(iter(get_close_matches(key, list(known), n=1)), "")
