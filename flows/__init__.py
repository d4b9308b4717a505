"""Prefect: thin flows over the pipeline."""
