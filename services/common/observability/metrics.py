"""The kernel's metrics. A service adds its own beside its features."""

from prometheus_client import Counter, Histogram

http_seconds = Histogram(
    "triaje_http_seconds",
    "Time to answer a request",
    ["service", "method", "route", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
events_delivered = Counter("triaje_events_delivered_total", "Events handed to a subscriber")
jobs_finished = Counter("triaje_jobs_finished_total", "Runs of jobs by how they ended", ["job", "outcome"])
bells_lost = Counter("triaje_bells_lost_total", "Bells that the broker did not take; the sweeper rings again")
peer_failures = Counter("triaje_peer_failures_total", "Calls to another service that failed", ["peer"])
