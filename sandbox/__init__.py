"""The box: runs one program over one stream of bytes in a locked process; knows nothing of what it runs."""
