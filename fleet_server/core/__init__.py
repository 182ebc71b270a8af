"""What every storey stands on: settings, database, errors, time, jobs."""
