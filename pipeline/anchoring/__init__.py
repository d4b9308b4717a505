"""Anchors the ledger outside, over the network, by hand or on paper."""
