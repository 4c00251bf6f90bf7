"""The composition root: the embedded suite, the command line, the demo desk."""
