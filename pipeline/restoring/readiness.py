"""What must hold whenever a set is sealed, opened or delivered: policy, and rules of enough age."""

from pipeline.steps.instruments import packs_in_force, policy_in_force
from pipeline.wiring import Runtime
from sanitizers.policy import Policy, check_packs


def check_ready(runtime: Runtime) -> Policy:
    """Return the policy in force when its demands on rule packs are met today.

    Raises:
        PolicyError: there are too few or too old rules.
        RulesError: the packs in the home are not the ones on the record.
    """
    policy = policy_in_force(runtime)
    packs = packs_in_force(runtime)
    check_packs(policy, [pack.manifest for pack in packs], runtime.ledger.now().date())
    return policy
