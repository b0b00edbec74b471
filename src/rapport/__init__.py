"""Rapport: outsourcing relationships on numbers both companies trust."""
