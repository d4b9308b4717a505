"""PDF files rebuilt from the objects that a page needs, without what runs, loads or hides."""
