"""Rows of database dumps: each one against the table that the dump itself defines."""
