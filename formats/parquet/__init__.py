"""Reader of Apache Parquet: its footer, its pages, and the values of flat columns."""
