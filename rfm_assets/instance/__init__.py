"""Parts of a Dagster instance that `dagster.yaml` names: they serve every code location, and know none."""
