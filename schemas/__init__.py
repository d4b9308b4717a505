"""Record validation: the interface and the registry of record schemas."""
