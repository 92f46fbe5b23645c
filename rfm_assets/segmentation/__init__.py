"""From customers' numbers to named segments, and which snapshots of them stay: Dagster is not known here.

What computes is pure functions; what reads and writes (`fitting`, `snapshots` and others) goes through the engine.
"""
