"""What people are told, where, and when."""
