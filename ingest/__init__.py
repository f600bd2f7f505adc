"""FILES: deliveries become typed, pseudonymised tables. Knows no Dagster, dbt or gate."""
