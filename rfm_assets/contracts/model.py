"""Contracts of the model: the numbers of clusters tried, each fitted version, its scaling and its centroids."""

from rfm_assets.contracts.schema import Column, table

MODEL_VERSION = Column("model_version", "date", "the day that the version was fitted as of")
K = Column("k", "bigint", "number of clusters", minimum=2, maximum=10)
CLUSTER = Column("cluster", "bigint", "number of the cluster within the version; carries no meaning", minimum=0)
SEGMENT = Column("segment", "varchar", "segment name, from the nearest archetype; no name twice in a version")
INERTIA = Column("inertia", "double", "sum of squared distances to the nearest centroid", minimum=0)
SILHOUETTE = Column("silhouette", "double", "mean silhouette", minimum=-1, maximum=1)
FEATURES = ("recency", "frequency", "monetary")

TABLES = dict([
    table(
        "model.candidates",
        "one row per version and number of clusters tried",
        MODEL_VERSION,
        K,
        INERTIA,
        SILHOUETTE,
        Column("davies_bouldin", "double", "Davies-Bouldin index, lower is better", minimum=0),
        Column("smallest_share", "double", "share of customers in the smallest cluster", minimum=0, maximum=1),
        Column("stability", "double", "mean adjusted Rand index of refits on resampled customers",
               minimum=-1, maximum=1),
        key=("model_version", "k"),
    ),
    table(
        "model.versions",
        "one row per fit",
        MODEL_VERSION,
        K,
        Column("seed", "bigint", "seed of every random draw", minimum=0),
        Column("customers", "bigint", "customers fitted", minimum=1),
        INERTIA,
        SILHOUETTE,
        Column("settings", "varchar", "the settings that the version was fitted with"),
        Column("promoted", "boolean", "whether the version scores customers"),
        Column("reason", "varchar", "why this number of clusters, and why promoted or not"),
        key=("model_version",),
    ),
    table(
        "model.scaling",
        "one row per version and feature",
        MODEL_VERSION,
        Column("feature", "varchar", "log-transformed feature", allowed=FEATURES),
        Column("mean", "double", "mean of the logarithms fitted"),
        Column("scale", "double", "standard deviation of the logarithms fitted (population)"),
        key=("model_version", "feature"),
    ),
    table(
        "model.centroids",
        "one row per version and cluster",
        MODEL_VERSION,
        CLUSTER,
        SEGMENT,
        Column("customers", "bigint", "customers fitted that are nearest to it", minimum=1),
        *(Column(f"{name}_z", "double", f"{name} of the centroid", unit="standard deviations") for name in FEATURES),
        Column("recency_days", "double", "recency of the centroid in its own unit", unit="days"),
        Column("frequency", "double", "frequency of the centroid in its own unit", unit="orders"),
        Column("monetary", "double", "monetary of the centroid in its own unit", unit="source currency"),
        key=("model_version", "cluster"),
    ),
])  # fmt: skip
