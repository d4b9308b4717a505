"""Every route of the console with its rule: what does not stand here is not served."""

from console.access import DECIDERS, EVERYBODY, PUBLIC
from console.routes import artefact, decisions, entrance, overview, queue
from console.visit import Route

ROUTES = (
    Route(method="GET", path="/console.css", rule=PUBLIC, answer=entrance.style),
    Route(method="GET", path="/login", rule=PUBLIC, answer=entrance.login_page),
    Route(method="POST", path="/login", rule=PUBLIC, answer=entrance.login),
    Route(method="POST", path="/language", rule=PUBLIC, answer=entrance.speak),
    Route(method="POST", path="/logout", rule=EVERYBODY, answer=entrance.logout),
    Route(method="GET", path="/", rule=EVERYBODY, answer=overview.overview),
    Route(method="GET", path="/queue", rule=EVERYBODY, answer=queue.waiting_entries),
    Route(method="GET", path="/artefact/{digest}", rule=EVERYBODY, answer=artefact.artefact),
    Route(method="POST", path="/artefact/{digest}/reject", rule=DECIDERS, answer=decisions.reject),
    Route(
        method="POST", path="/artefact/{digest}/release", rule=DECIDERS, answer=decisions.release
    ),
    Route(method="POST", path="/artefact/{digest}/waive", rule=DECIDERS, answer=decisions.waive),
)
