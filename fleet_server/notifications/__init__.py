"""Outbox and channels to people."""
