"""Documents within records: where each format keeps them, and their bytes."""
