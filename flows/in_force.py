"""Which of the three ways drives the runs of a home: this process, a served home, or a fleet."""

from dataclasses import dataclass
from enum import Enum, unique
from pathlib import Path
from typing import assert_never

from custody.box import Json
from custody.errors import SettingsError, UnavailableError, UsageError
from flows.api import Api
from flows.served import Served
from pipeline.settings import Settings


@unique
class Way(Enum):
    """Who drives runs."""

    IN_PROCESS = "in-process"
    SERVED = "served"
    FLEET = "fleet"


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The way in force, and where its server is, if it has one that is known now."""

    way: Way
    url: str = ""

    def as_json(self) -> Json:
        """Return what `status --json` says of the server: nothing where there is none to be."""
        return None if self.way is Way.IN_PROCESS else {"url": self.url or None}


def way_of(settings: Settings) -> Way:
    """Return the way in force: the setting's, and served while somebody serves the home.

    Raises:
        SettingsError: orchestrator.kind is none of the three.
    """
    kind = settings.orchestrator.kind
    try:
        way = Way(kind)
    except ValueError as error:
        known = ", ".join(each.value for each in Way)
        raise SettingsError(
            f"orchestrator.kind is {kind!r}", next_step=f"it is one of {known}"
        ) from error
    if way is Way.IN_PROCESS and Served(home=settings.home).is_serving:
        return Way.SERVED
    return way


def check_way(settings: Settings, option: str, setting: str, *, told: bool) -> None:
    """Refuse an option that only this process would hear, where Prefect's workers do the work.

    Raises:
        UsageError: it was told, and runs are not driven in-process.
    """
    if told and way_of(settings) is not Way.IN_PROCESS:
        raise UsageError(
            f"Prefect's workers do not hear {option}", next_step=f"set {setting} instead"
        )


def in_force(settings: Settings) -> InForce:
    """Return the way in force and where its server is; it connects nowhere."""
    match way := way_of(settings):
        case Way.IN_PROCESS:
            return InForce(way=way)
        case Way.SERVED:
            return InForce(way=way, url=_served_url(settings))
        case Way.FLEET:
            return InForce(way=way, url=settings.orchestrator.api_url)
        case _:
            assert_never(way)


def api_of(settings: Settings) -> Api | None:
    """Return the Prefect API that runs of this home go through; None when they run in-process.

    Raises:
        UnavailableError: the home is to be served, and nobody serves it.
        SettingsError: the settings of the fleet are not whole.
    """
    match way := way_of(settings):
        case Way.IN_PROCESS:
            return None
        case Way.SERVED:
            return _served_api(settings)
        case Way.FLEET:
            return fleet_api(settings)
        case _:
            assert_never(way)


def fleet_api(settings: Settings) -> Api:
    """Return the API of a fleet.

    Raises:
        SettingsError: its address or its password's file is not set, or cannot be read.
    """
    asked = settings.orchestrator
    for name in ("api_url", "auth_file"):
        if not getattr(asked, name):
            raise SettingsError(
                f"orchestrator.{name} is not set", next_step="a fleet needs it; see the docs"
            )
    place = Path(asked.auth_file).expanduser()
    try:
        auth = place.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"orchestrator.auth_file {place} cannot be read", next_step="make it readable"
        ) from error
    return Api(url=asked.api_url.rstrip("/"), auth=auth)


def _served_api(settings: Settings) -> Api:
    served = Served(home=settings.home)
    if not served.is_serving:
        raise UnavailableError(
            "orchestrator.kind is served, and nobody serves this home",
            next_step="start `autoclave serve`, or set orchestrator.kind to in-process",
        )
    return served.api()


def _served_url(settings: Settings) -> str:
    served = Served(home=settings.home)
    try:
        return served.api().url if served.is_serving else ""
    except UnavailableError:
        return ""
