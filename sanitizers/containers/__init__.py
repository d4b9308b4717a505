"""Containers: archives and mails, whose parts are contents of their own."""
