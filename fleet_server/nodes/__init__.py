"""Edge nodes and the devices behind them: births, liveness, current state."""
