"""Object stores: one Protocol, one technology a file, wrappers around them."""
