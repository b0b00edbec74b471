"""The web application: small apps named after nouns, who does what with which noun. See docs/architecture.md."""
