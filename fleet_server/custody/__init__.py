"""Check-out, check-in and movements of assets."""
