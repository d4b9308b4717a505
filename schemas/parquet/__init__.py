"""Tables that are kept by columns: each row of a Parquet file is a record."""
