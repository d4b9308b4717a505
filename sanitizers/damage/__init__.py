"""Damage: what the structure of each type shows to be missing, zeroed, overwritten or changed."""
