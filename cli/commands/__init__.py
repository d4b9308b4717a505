"""The commands, one file each or a small family; loaded only when they are called."""
