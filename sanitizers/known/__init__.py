"""Contents and names that somebody vouches for or warns of."""
