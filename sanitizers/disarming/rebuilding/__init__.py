"""Containers written anew without the parts that cannot be promoted: the rest stays as it is."""
