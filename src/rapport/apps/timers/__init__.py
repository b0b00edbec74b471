"""What happens by itself at a moment, once."""
