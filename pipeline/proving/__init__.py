"""Proofs: what is stored is what the ledger says, and what the ledger says was published."""
