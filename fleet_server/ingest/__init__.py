"""From the broker to the database: receive, batch, commit, acknowledge."""
