"""Rooms, asset types, assets and their holders."""
