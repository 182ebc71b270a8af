"""Alembic migrations and the one function that applies them."""
