"""The Dagster layer: assets, checks, jobs, sensors, resources. Besides, only commands/ and instance/ import Dagster."""
