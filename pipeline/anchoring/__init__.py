"""Anchors the ledger outside, and holds what was kept outside against it."""
