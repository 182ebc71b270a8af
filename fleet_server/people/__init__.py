"""Accounts, roles on a subtree, sign-in, API tokens."""
