"""HPRIM: messages between French laboratories, hospitals and practices."""
