"""Pictures in containers written anew: the packed pixels stay byte for byte, the rest is chosen."""
