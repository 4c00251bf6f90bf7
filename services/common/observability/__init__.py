"""Logs with a request id that crosses services, and the process's Prometheus metrics."""

from services.common.observability import metrics
from services.common.observability.logs import bind_request, configure_logging, get_logger, request_id

__all__ = ["bind_request", "configure_logging", "get_logger", "metrics", "request_id"]
