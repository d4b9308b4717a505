"""Pure readers of hostile formats: bytes in, structure or a named fault out."""
