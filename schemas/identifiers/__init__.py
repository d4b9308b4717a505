"""Identifiers and codes of French and Belgian health care: one function each."""
