"""Asset of the lists that campaigns are made from: written, and sent where the settings say."""

import dagster as dg

from rfm_assets.contracts import LISTS
from rfm_assets.defs.catalogue import POOL, column_schema, keys, published_as, tags
from rfm_assets.defs.published import require_publishable
from rfm_assets.defs.resources import Warehouse
from rfm_assets.settings import Settings


@dg.asset(
    **published_as("csv"),
    tags=tags(LISTS["lists.changes"]),
    metadata={"dagster/column_schema": column_schema(LISTS["lists.changes"])},
    pool=POOL,
    deps=keys("published.segments", "segments.customers", "segments.customer_moves", "model.centroids"),
)
def lists(
    context: dg.AssetExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
) -> dg.MaterializeResult:
    """A CSV file of customers for each segment, and changes.csv: who moved since the last publication, and why."""
    from rfm_assets.publishing.lists.delivery import deliver
    from rfm_assets.publishing.lists.destinations import destinations
    from rfm_assets.publishing.lists.publication import publish_lists

    with warehouse.engine() as engine:
        require_publishable(context, engine, settings.of_shop)
        publication = publish_lists(engine, settings.published)
    sent = deliver(publication, list(destinations(settings)), settings.published)
    manifest = publication.manifest
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": manifest.changes.customers,
            "path": dg.MetadataValue.path(settings.published / "lists"),
            "publication": manifest.publication,
            "changes since": manifest.since or "this is the first publication",
            "customers in each list": dg.MetadataValue.json({f.file: f.customers for f in manifest.lists}),
            "duration_seconds": warehouse.seconds,
            "sent to": ", ".join(sent) or "nowhere, or it has arrived before",
        }
    )
