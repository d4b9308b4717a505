"""Sends one notice, in a process of its own: what a mail server or a library does ends with it.

It reads {"addresses", "title", "body"} and writes {"sent", "failed"}, as JSON. Only this module
imports Apprise, which knows some hundred services by their addresses.
"""

import json
import sys

import apprise


def main() -> int:
    """Send what stands on standard input to each address."""
    told = json.load(sys.stdin)
    sent = 0
    for address in told["addresses"]:
        one = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, plugin_paths=[]))
        if one.add(address) and one.notify(title=told["title"], body=told["body"]):
            sent += 1
    json.dump({"sent": sent, "failed": len(told["addresses"]) - sent}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
