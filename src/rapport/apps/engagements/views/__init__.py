"""Pages about engagements and their agreements."""
