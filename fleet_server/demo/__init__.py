"""A whole district in one command."""
