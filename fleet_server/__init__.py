"""The fleet server: inventory, bookings and measured use across schools."""
