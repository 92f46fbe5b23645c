"""What the catalogue in the Dagster UI shows of each asset and check."""
