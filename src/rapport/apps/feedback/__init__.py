"""What the two sides tell each other about working together: feedback, ratings, and support promised and given."""
