"""Tests of rfm_assets.defs.alerts: sensors looking at runs of a small job."""
