"""A deterministic sample shop in the shape of Online Retail, with what makes the real data hard."""

from rfm_assets.sample.chunks import sample_chunks
from rfm_assets.sample.files import SampleSummary, write_sample
from rfm_assets.sample.shop import FIRST_DAY, LAST_DAY

__all__ = ["FIRST_DAY", "LAST_DAY", "SampleSummary", "sample_chunks", "write_sample"]
