"""Tests of rfm_assets.alerting."""
