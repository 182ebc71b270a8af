"""Used and booked against available hours, with coverage and evidence."""
