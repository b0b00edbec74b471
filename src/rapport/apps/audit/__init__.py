"""What happened, who did it and on whose behalf: append-only, hash-chained, the lowest of the apps."""
