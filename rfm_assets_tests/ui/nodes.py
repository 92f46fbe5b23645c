"""What a server says of the assets over GraphQL, and which assets there should be."""

from rfm_assets.contracts import TABLES
from rfm_assets_tests.ui.server import Server

GROUPS = {"raw", "clean", "rfm", "features", "model", "segments", "published", "validation", "retention"}
NO_TABLES = {("published", "lists"), ("published", "report"), ("retention", "expired_snapshots")}
ASSETS = {tuple(table.split(".")) for table in TABLES} | {("published", "segments")} | NO_TABLES

NODES = """
{ assetNodes { assetKey { path } groupName description kinds
    assetMaterializations(limit: 1) { metadataEntries {
        label __typename ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue }
        ... on PathMetadataEntry { path } ... on MarkdownMetadataEntry { mdStr } } }
    metadataEntries {
        label ... on TableSchemaMetadataEntry { schema { columns { name description } } }
        ... on TableColumnLineageMetadataEntry { lineage {
            columnName columnDeps { assetKey { path } columnName } } } }
    assetChecksOrError { ... on AssetChecks { checks { name blocking
        executionForLatestMaterialization { status } } } } } }
"""


def nodes(server: Server) -> dict[tuple[str, ...], dict]:
    return {tuple(node["assetKey"]["path"]): node for node in server.ask(NODES)["assetNodes"]}


def told(server: Server, *key: str) -> dict[str, dict]:
    """Return what the latest materialisation of an asset told, by name."""
    [materialisation] = nodes(server)[key]["assetMaterializations"]
    return {entry["label"]: entry for entry in materialisation["metadataEntries"]}
