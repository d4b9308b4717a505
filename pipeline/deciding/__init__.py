"""What people decide: signed, by two where it loosens something, and on the record."""
