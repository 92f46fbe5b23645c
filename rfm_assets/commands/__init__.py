"""The commands behind `make refresh` and `make restate`: a run on the Dagster instance, progress, plain errors."""

import gc

# A command is one process for one run. By Python's default it looks through all that Dagster, scikit-learn and the rest
# have loaded, for garbage that is not there, every few thousand objects: a tenth of a refresh.
gc.set_threshold(100_000, 50, 50)
