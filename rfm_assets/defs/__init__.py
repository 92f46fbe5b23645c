"""The Dagster layer: assets, checks, jobs, sensors, resources. Definitions, commands and instance import it, too."""
