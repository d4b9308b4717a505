"""Rule engines: one Protocol, one file for each engine, loaded by name."""
