"""Which practices of the method an engagement has in place."""
