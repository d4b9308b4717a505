"""The steps of a run: list, take in, inspect, assess, promote and reconcile."""
