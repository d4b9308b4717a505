"""Deployments are named as their flows are, and the queues stand in their order."""

from flows.deployments import DEPLOYMENTS, QUEUES, RECOVER_URGENT
from pipeline.settings import ServeSettings


def test_full_names_are_flow_and_deployment():
    """The API finds a deployment by its flow's name and its own."""
    assert [
        "recover/recover",
        "recover/recover-urgent",
        "drain/drain",
        "reconcile/reconcile",
        "rescan/rescan",
        "verify-audit/verify-audit",
        "anchor/anchor",
    ] == [each.full_name for each in DEPLOYMENTS]


def test_what_is_urgent_is_first():
    """No queue comes before the urgent one, and no two share a place."""
    priorities = [queue.priority for queue in QUEUES]

    assert sorted(set(priorities)) == priorities
    assert QUEUES[0] is RECOVER_URGENT.queue


def test_an_empty_schedule_is_none():
    """Who wants no schedule sets an empty text."""
    none = ServeSettings(reconcile="", rescan="", verify_audit="", anchor="")

    assert {""} == {each.schedule(none) for each in DEPLOYMENTS}
