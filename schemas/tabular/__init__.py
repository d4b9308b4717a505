"""Tables under a contract: Frictionless Table Schemas over lines cut before they are read."""
