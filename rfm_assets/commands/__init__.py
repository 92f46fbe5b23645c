"""The commands behind `make refresh` and `make restate`: a run on the Dagster instance, progress, plain errors."""
