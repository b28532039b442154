"""Measurements of speed; run with `.venv/bin/python -m benchmarks`."""
