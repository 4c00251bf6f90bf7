"""What an agent's page shows of a ticket, read at once."""
