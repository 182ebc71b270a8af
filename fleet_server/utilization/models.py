"""Tables of utilization."""
