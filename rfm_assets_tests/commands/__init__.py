"""Tests of rfm_assets.commands."""
