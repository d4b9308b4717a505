"""Writes the policies for Terraform: `python -m storage.s3.policy_templates infra/s3/policies`."""

import json
import sys
from pathlib import Path

from storage.s3.identities import Principals, Zone, policy_of

# Terraform puts its values in the place of these.
PRINCIPALS = Principals(template="arn:aws:iam::${account}:user/${prefix}-{identity}")
BUCKET = "${bucket}"


def template_of(zone: Zone) -> str:
    """Return the policy of a zone as a template that people can read."""
    return json.dumps(json.loads(policy_of(zone, BUCKET, PRINCIPALS)), indent=2) + "\n"


def main(folder: Path) -> None:
    """Write the policies of all zones into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for zone in Zone:
        (folder / f"{zone.value}.json").write_text(template_of(zone), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
