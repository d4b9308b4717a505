"""Dumps of databases as text: which program wrote one, its statements, what each does, its rows."""
