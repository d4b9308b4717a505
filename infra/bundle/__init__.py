"""The offline bundle: all that a machine without a network needs, signed and reproducible."""
