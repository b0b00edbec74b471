"""What is known about each partner: profile, contacts, documents that expire, and the gate before sharing."""
