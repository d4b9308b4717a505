"""The analysts' console: what asks for a person, why, and decisions by two, in a browser."""
