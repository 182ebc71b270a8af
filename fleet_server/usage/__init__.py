"""State segments, sessions, samples and hours of devices."""
