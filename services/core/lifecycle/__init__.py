"""A ticket's life by time: acknowledged, nudged, closed when nobody answers, asked about afterwards."""
