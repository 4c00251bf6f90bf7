"""The decision log: salted digests in a hash chain, linked in batches by one job, verified by anybody."""
