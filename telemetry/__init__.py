"""The words and messages that agent and server share."""
