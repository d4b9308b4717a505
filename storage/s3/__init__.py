"""Stores on any S3 server: the client, the store, the buckets and who may do what in them."""
