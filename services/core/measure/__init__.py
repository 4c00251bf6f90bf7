"""Numbers about the work, each computed by grouped queries: the definitions are in docs/metrics.md."""
