"""The one list of what is off, shared by both sides."""
