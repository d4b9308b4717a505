"""Active content, format by format: what runs, loads or fetches when a person opens a document."""
