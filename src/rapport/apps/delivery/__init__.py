"""Records coming in: looked at first, committed whole, withdrawn without a trace in the results but not in history."""
