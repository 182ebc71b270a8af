"""Real devices' software on one end, the server's answers on the other, nothing replaced in between."""
