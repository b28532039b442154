"""A policy over tables: the IR as one Ibis expression, for DuckDB or Spark; and the cases that it leaves open."""
