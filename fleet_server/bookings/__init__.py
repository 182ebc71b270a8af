"""Promises of assets and rooms: book, move, extend, cancel, no-show."""
