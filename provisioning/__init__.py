"""How a bare box becomes a known node, and stops being one."""
