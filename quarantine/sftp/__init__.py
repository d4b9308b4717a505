"""A folder of an SFTP server as a source: listed and read, never written."""
