"""Time: when things run. Only this package imports Dagster, and its lowest rooms do not."""
