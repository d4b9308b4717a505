"""The way in: sources, inventory, intake and the vault."""
