"""The Dagster layer: assets, checks, jobs, schedules, sensors and resources; nothing else imports Dagster."""
