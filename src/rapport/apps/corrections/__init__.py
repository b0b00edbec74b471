"""What both sides do about an issue, from the gap to the proof that it is gone."""
