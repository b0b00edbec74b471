"""Engagements: what two companies do together, the agreement they propose, sign and replace, and their history."""
