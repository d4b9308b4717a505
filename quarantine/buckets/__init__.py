"""A bucket, or what lies below a prefix in one, as a source: listed and read, never written."""
