"""Contract of the rule cards: the segments of a model version as rules that people can apply by hand."""

from rfm_assets.contracts.model import MODEL_VERSION, SEGMENT
from rfm_assets.contracts.schema import Column, table

DIGEST = Column("model_digest", "varchar", "digest of the centroids that scored: tells two fits of the same day apart")

TABLES = dict([
    table(
        "model.rule_cards",
        "one row per version and rule",
        MODEL_VERSION,
        Column("rule_no", "bigint", "number of the rule on the card", minimum=1),
        Column("rule", "varchar", "who falls under it, in words; the rules of a card exclude one another"),
        SEGMENT,
        Column("customers", "bigint", "customers of that day, or a sample of them, who fall under the rule", minimum=1),
        Column("rule_fidelity", "double", "share of them whom the model puts into the rule's segment",
               minimum=0, maximum=1),
        Column("fidelity", "double",
               "share of all whom the card puts where the model does; how well it stands in for the model, no accuracy",
               minimum=0, maximum=1),
        DIGEST,
        key=("model_version", "rule_no"),
    ),
])  # fmt: skip
