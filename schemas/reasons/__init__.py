"""Reason codes: one table of what can be said against a record, in English and in French."""
