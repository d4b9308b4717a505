"""Files of databases: each row of each table is a record."""
