"""Contracts of the model: the numbers of clusters tried, each fitted version with its parts, and drift from it."""

from rfm_assets.contracts.rfm import SNAPSHOT_ON
from rfm_assets.contracts.schema import CURRENCY, DEVIATIONS, Column, table

MODEL_VERSION = Column("model_version", "date", "the day that the version was fitted as of")
K = Column("k", "bigint", "number of clusters", minimum=2, maximum=10)
CLUSTER = Column("cluster", "bigint", "number of the cluster within the version; carries no meaning", minimum=0)
SEGMENT = Column("segment", "varchar", "segment name, from the nearest archetype; no name twice in a version")
INERTIA = Column("inertia", "double", "sum of squared distances to the nearest centroid", minimum=0)
SILHOUETTE = Column("silhouette", "double", "mean silhouette", minimum=-1, maximum=1)
FEATURES = ("recency", "frequency", "monetary")
IN_PAIRS = "; of bins in pairs while mean and deviation stay, for who bought on one day ages together"

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
        Column("calinski_harabasz", "double", "Calinski-Harabasz index, higher is better", minimum=0),
        Column("is_elbow", "boolean", "whether inertia stops falling fast here (kneedle)"),
        Column("is_admissible", "boolean", "whether smallest share and stability are within their limits"),
        Column("is_chosen", "boolean", "whether the version has this number of clusters"),
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
        Column("outliers", "bigint", "customers left out of the fit as outliers", minimum=0),
        Column("far_distance", "double", "99th percentile of the distance of the customers fitted to their centroid",
               unit=DEVIATIONS, minimum=0),
        Column("agreement", "double",
               "share of customers whose segment has the same name as under the version promoted before; empty where "
               "there was none of the same kind", nullable=True, minimum=0, maximum=1),
        key=("model_version",),
    ),
    table(
        "model.scaling",
        "one row per version and feature",
        MODEL_VERSION,
        Column("feature", "varchar", "log-transformed feature", allowed=FEATURES),
        Column("mean", "double", "mean of the logarithms fitted; their median when RFM_SCALING is robust"),
        Column("scale", "double",
               "standard deviation of the logarithms fitted (population); their interquartile range over 1.349 when "
               "RFM_SCALING is robust"),
        Column("lower_fence", "double", "logarithm below which a customer is an outlier"),
        Column("upper_fence", "double", "logarithm above which a customer is an outlier"),
        Column("log_mean", "double", "mean of the logarithms fitted; empty for a version of an earlier release",
               nullable=True),
        Column("log_deviation", "double",
               "standard deviation of the logarithms fitted (population), 1 where all are equal; empty for a version "
               "of an earlier release", nullable=True, minimum=0),
        key=("model_version", "feature"),
    ),
    table(
        "model.centroids",
        "one row per version and cluster",
        MODEL_VERSION,
        CLUSTER,
        SEGMENT,
        Column("customers", "bigint", "customers fitted that are nearest to it", minimum=1),
        *(Column(f"{name}_z", "double", f"{name} of the centroid", unit=DEVIATIONS) for name in FEATURES),
        Column("recency_days", "double", "recency of the centroid in its own unit", unit="days"),
        Column("frequency", "double", "frequency of the centroid in its own unit", unit="orders"),
        Column("monetary", "double", "monetary of the centroid in its own unit", unit=CURRENCY),
        Column("name_distance", "double",
               "distance of the centroid from the prototype of its name: above 1.25 the name fits loosely",
               unit=DEVIATIONS, nullable=True, minimum=0),
        key=("model_version", "cluster"),
    ),
    table(
        "model.training",
        "one row per version, feature and bin of the customers fitted",
        MODEL_VERSION,
        Column("feature", "varchar", "log-transformed feature", allowed=FEATURES),
        Column("bin", "bigint", "number of the bin, least values first", minimum=0),
        Column("above", "double", "logarithm that the bin begins above; minus infinity for the first"),
        Column("up_to", "double", "logarithm that the bin ends at; infinity for the last"),
        Column("share", "double", "share of the customers fitted", minimum=0, maximum=1),
        key=("model_version", "feature", "bin"),
    ),
    table(
        "model.drift",
        "one row per snapshot: its customers against those that its version was fitted on",
        SNAPSHOT_ON,
        MODEL_VERSION,
        Column("customers", "bigint", "customers of the snapshot", minimum=1),
        Column("far_share", "double",
               "share of customers further from every centroid than the far distance; of outliers, as many as are "
               "more than the version left out", minimum=0, maximum=1),
        *(
            Column(f"{name}_psi", "double",
                   f"population stability index of {name}, outliers left out: below 0.1 little, from 0.25 much"
                   f"{IN_PAIRS if name == 'recency' else ''}", minimum=0)
            for name in FEATURES
        ),
        key=("snapshot_on",),
        partition="snapshot_on",
    ),
])  # fmt: skip
