"""Looks again when rules changed: what changed runs, all is judged anew, what fails is recalled."""
