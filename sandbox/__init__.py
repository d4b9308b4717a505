"""The box: runs a program over bytes in a locked process; knows nothing of what it runs."""
