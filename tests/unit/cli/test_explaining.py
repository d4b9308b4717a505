import pytest

from cli.explaining import explain, policy_json
from custody.verdict import PRECEDENCE
from sanitizers.policy_file import built_in_names, read_policy


@pytest.mark.parametrize("name", built_in_names())
def test_every_demand_of_a_policy_is_said(name):
    """No scanner, pack, type or verdict of a policy is left out of its sentences."""
    policy = read_policy(name)
    text = "\n".join(explain(policy))

    wanted = [
        *policy.scanners,
        *(demand.name for demand in policy.packs),
        *policy.promotable,
        *policy.prohibited,
        *(verdict.value for verdict in PRECEDENCE),
        *policy.people,
        policy.digest,
    ]
    assert [] == [word for word in wanted if word not in text]


@pytest.mark.parametrize("name", built_in_names())
def test_tools_get_the_same_fates(name):
    """The JSON and the sentences name one fate a verdict, and only clean is promoted."""
    policy = read_policy(name)
    fates = policy_json(policy)["fates"]

    assert ["clean"] == [verdict for verdict, fate in fates.items() if fate == "promoted"]
    assert all(f"  {verdict}: {fate}" in explain(policy) for verdict, fate in fates.items())


def test_a_policy_for_demonstrations_says_so():
    """Nobody takes the demonstration's policy for one that may re-open a hospital."""
    said = {name: explain(read_policy(name))[-1] for name in ("strict", "demo")}

    assert "may go into a restore set" in said["strict"]
    assert "never" in said["demo"]
