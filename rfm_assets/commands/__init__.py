"""The commands behind `make refresh`, `make restate` and `make dev`: runs, their progress, plain errors."""

import gc

# A command is one process for one run. By Python's default it looks through all that Dagster, scikit-learn and the rest
# have loaded, for garbage that is not there, every few thousand objects: 7 % of a refresh of the real file.
gc.set_threshold(100_000, 50, 50)
