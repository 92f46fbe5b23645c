"""Tests of rfm_assets.sample: the shop that it makes up."""
