"""The ledger of the desk: tickets, people, taxonomy, intake, identity and audit."""
