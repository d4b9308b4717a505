"""Copies of documents without what could bite: made in the sandbox, proven by another job there."""
