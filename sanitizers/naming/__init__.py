"""What a name says: its characters, its extensions, and its extension against the content."""
