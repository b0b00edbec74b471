"""Both companies' figures beside each other, and what stands in the end."""
