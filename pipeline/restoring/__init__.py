"""Restore sets: what comes back of a service, who signed for it, and when it may be read."""
