"""Pure functions from customers' numbers to named segments: no database, no Dagster."""
