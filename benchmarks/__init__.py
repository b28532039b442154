"""Benchmarks: run `python -m benchmarks` in the project's environment."""
