"""Agreements and KPI computation over DuckDB or Spark."""
