"""Issues on their way up the ladder that both sides agreed on."""
