"""Ransom notes: what their texts have in common, whatever the language and the format."""
