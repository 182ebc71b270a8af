"""The whole product: every process started by its command, nothing replaced."""
