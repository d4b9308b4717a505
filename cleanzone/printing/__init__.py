"""Our own pages on paper: from the HTML that we wrote to a PDF, the same bytes each time."""
