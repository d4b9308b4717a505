"""The database: where everything stands now."""
