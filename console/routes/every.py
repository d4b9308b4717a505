"""Every route of the console with its rule: what does not stand here is not served."""

from console.access import DECIDERS, EVERYBODY, PUBLIC
from console.routes import artefact, decisions, entrance, overview, people, queue, rules, runs, sets
from console.visit import Route

ROUTES = (
    Route(method="GET", path="/console.css", rule=PUBLIC, answer=entrance.style),
    Route(method="GET", path="/login", rule=PUBLIC, answer=entrance.login_page),
    Route(method="POST", path="/login", rule=PUBLIC, answer=entrance.login),
    Route(method="POST", path="/language", rule=PUBLIC, answer=entrance.speak),
    Route(method="POST", path="/logout", rule=EVERYBODY, answer=entrance.logout),
    Route(method="GET", path="/", rule=EVERYBODY, answer=overview.overview),
    Route(method="GET", path="/queue", rule=EVERYBODY, answer=queue.waiting_entries),
    Route(method="GET", path="/runs", rule=EVERYBODY, answer=runs.newest_runs),
    Route(method="GET", path="/rules", rule=EVERYBODY, answer=rules.packs),
    Route(method="GET", path="/sets", rule=EVERYBODY, answer=sets.sets),
    Route(method="GET", path="/recalls", rule=EVERYBODY, answer=sets.recalls),
    Route(method="GET", path="/audit", rule=EVERYBODY, answer=people.audit),
    Route(method="GET", path="/policies", rule=EVERYBODY, answer=people.policy),
    Route(method="GET", path="/people", rule=EVERYBODY, answer=people.people),
    Route(method="GET", path="/artefact/{digest}", rule=EVERYBODY, answer=artefact.artefact),
    Route(method="POST", path="/artefact/{digest}/reject", rule=DECIDERS, answer=decisions.reject),
    Route(
        method="POST", path="/artefact/{digest}/release", rule=DECIDERS, answer=decisions.release
    ),
    Route(method="POST", path="/artefact/{digest}/waive", rule=DECIDERS, answer=decisions.waive),
)
