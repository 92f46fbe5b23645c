"""Contracts of the validation: what segments were worth, how well that is foretold, how still names stay."""

from rfm_assets.contracts.model import SEGMENT, K
from rfm_assets.contracts.rfm import SNAPSHOT_ON
from rfm_assets.contracts.schema import CURRENCY, SUM_MONEY, Column, table

TARGETS = ("purchase", "segment")
LABELLINGS = ("frozen", "refit_daily", "refit_daily_named")
CUT_ON = Column("cut_on", "date", "the day up to which the model was fitted and customers were labelled")


def _share(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, "double", meaning, unit="0 to 1", nullable=nullable, minimum=0, maximum=1)


def _with_interval(name: str, meaning: str, unit: str, maximum: float | None = None) -> tuple[Column, ...]:
    # Returns can outweigh sales: money has no least value.
    minimum = None if unit == CURRENCY else 0
    ends = (("", ""), ("_low", "2.5th percentile of the bootstrap of "), ("_high", "97.5th percentile of the same of "))
    return tuple(
        Column(f"{name}{end}", "double", f"{words}{meaning}", unit=unit, minimum=minimum, maximum=maximum)
        for end, words in ends
    )


TABLES = dict([
    table(
        "validation.segments",
        "one row per snapshot and segment: what its customers did between the cut and the snapshot",
        SNAPSHOT_ON,
        CUT_ON,
        SEGMENT,
        Column("customers", "bigint", "customers in the segment at the cut", minimum=1),
        Column("orders", "bigint", "their sale invoices after the cut", unit="orders", minimum=0),
        Column("monetary", SUM_MONEY, "their money after the cut; less returns unless RFM_MONETARY is gross",
               unit=CURRENCY),
        *_with_interval("bought_again_share", "the share of them who bought after the cut", "0 to 1", maximum=1),
        *_with_interval("mean_orders", "their mean sale invoices after the cut", "orders"),
        *_with_interval("mean_monetary", "their mean money after the cut", CURRENCY),
        key=("snapshot_on", "segment"),
        partition="snapshot_on",
    ),
    table(
        "validation.predictions",
        "one row per snapshot and target: a logistic regression learnt on one window and tested on the next",
        SNAPSHOT_ON,
        Column("train_cut_on", "date", "the day of the numbers learnt from; what came of them is that of cut_on"),
        Column("cut_on", "date", "the day of the numbers tested on; what came of them is that of snapshot_on"),
        Column("target", "varchar", "purchase: buys in the window; segment: the one he is in at its end",
               allowed=TARGETS),
        Column("customers_trained", "bigint", "customers learnt from", minimum=1),
        Column("customers_tested", "bigint", "customers tested on", minimum=1),
        _share("accuracy", "share of the tested customers predicted right"),
        _share("auc", "area under the receiver operating characteristic; for a purchase only", nullable=True),
        _share("base_rate", "share of the tested customers who bought; for a purchase only", nullable=True),
        _share("largest_share", "accuracy of naming what most tested customers did, known with hindsight, for all"),
        _share("stay_share", "accuracy of 'stays where he is'; for a segment only", nullable=True),
        key=("snapshot_on", "target"),
        partition="snapshot_on",
    ),
    table(
        "validation.stability",
        "one row per snapshot, labelling and day of the replay that ends with the snapshot",
        SNAPSHOT_ON,
        Column("labelling", "varchar",
               "frozen: ours, scored by the version in force; refit_daily: K-Means fitted anew each day, labels its "
               "cluster numbers; refit_daily_named: the same clusters with our names",
               allowed=LABELLINGS),
        Column("day_on", "date", "the day compared with the day before it"),
        K,
        Column("is_refitted", "boolean", "whether another model labels the day than labelled the day before"),
        Column("customers", "bigint", "customers that both days have", minimum=1),
        _share("agreement", "share of them with the same label on both days"),
        _share("matched_agreement", "the same after the best one-to-one matching of the labels of both days"),
        Column("is_permuted", "boolean", "whether that matching agrees on more customers than the labels as they are"),
        key=("snapshot_on", "labelling", "day_on"),
        partition="snapshot_on",
    ),
])  # fmt: skip
