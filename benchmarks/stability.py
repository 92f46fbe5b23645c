"""How still segments stay on the real data: our names, day by day, against K-Means fitted anew every day."""

import argparse
import sys
from datetime import date
from pathlib import Path

from online_retail import real_tables

from rfm_assets.contracts import TABLES
from rfm_assets.engines.base import select
from rfm_assets.publishing.catalogue.validation import STABILITY
from rfm_assets.publishing.markdown import as_markdown
from rfm_assets.segmentation.replay import summary
from rfm_assets.segmentation.validating import validate_stability
from rfm_assets.settings import Settings

LAST_DAY = date(2011, 12, 9)
NAMES = {
    "frozen": "ours",
    "refit_daily": "K-Means fitted anew every day, by cluster number",
    "refit_daily_named": "the same, with our names",
}


def main() -> None:
    """Replay the days that end with the last, each as its own refresh, and print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, help="the CSV; default: from the folder that RFM_ONLINE_RETAIL names")
    parser.add_argument("--day", type=date.fromisoformat, default=LAST_DAY, help=f"the last day (default {LAST_DAY})")
    args = parser.parse_args()
    try:
        with real_tables(args.csv) as engine:
            engine.store(TABLES["rfm.grid"], select("rfm.grid"))
            found = summary(validate_stability(engine, args.day, Settings.model_construct()))
    except FileNotFoundError as error:
        sys.exit(str(error))
    print(as_markdown(found, {**STABILITY, "labelling": ("labels", NAMES.__getitem__)}))


if __name__ == "__main__":
    main()
