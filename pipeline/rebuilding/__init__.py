"""The catalogue made again: the ledger replayed over its manifests and names."""
