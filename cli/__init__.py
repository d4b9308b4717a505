"""The command line for engineers."""
