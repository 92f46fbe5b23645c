"""Where files and sources are put, a source, headers and lines for it, and what becomes of files that landed."""

from pathlib import Path

from rfm_assets.ingestion.intake import Intake
from rfm_assets.ingestion.landing import Outcome, load_landing
from rfm_assets.ingestion.mappings import load_sources
from rfm_assets.settings import Settings
from rfm_assets_tests.rows import Shop

OWN = """
currency = "GBP"
timestamp_formats = ["%Y-%m-%d"]
[columns]
invoice_id = "bill"
invoiced_at = "day"
quantity = "units"
unit_price = "each"
customer_id = "who"
"""
DAY = "2011-01-05"
OWN_LINES = "bill,day,units,each,who\n1,2020-01-31,2,1.50,c1\n"
TILL = "Beleg;Kunde;Datum;Menge;Preis;Artikel;Bezeichnung\n" + "".join(
    f"R{number};K1;{number:02}.03.2020 10:00;{number};1.234,50;A1;[b]Mütze[/b] :bell:\n" for number in range(1, 15)
)
ONLINE_RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
SHOPIFY = (
    "Name,Email,Financial Status,Created at,Currency,Subtotal,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem sku,Billing Country,Refunded Amount\n"
)


class Place:
    """A landing folder, a folder of own sources, and the warehouse that they feed."""

    def __init__(self, engine, folder: Path) -> None:
        self.engine = engine
        self.landing, self.sources = folder / "landing", folder / "sources"
        self.landing.mkdir()
        self.sources.mkdir()

    def drop(self, name: str, content: str | bytes) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def source(self, name: str, content: str) -> None:
        (self.sources / f"{name}.toml").write_text(content, encoding="utf-8")

    def load(self, currency: str = "GBP", share: float = 0, **chosen: object) -> list[Outcome]:
        intake = Intake(load_sources(self.sources), currency, **chosen)
        return load_landing(self.engine, self.landing, share, intake=intake)

    def rows(self, select: str) -> list[tuple]:
        return self.engine.read(select).rows()

    def lines(self, columns: str) -> list[tuple]:
        return self.rows(f"select {columns} from raw.transactions order by file_id, line_no")


def outcomes(shop: Shop, share: float = 0.0) -> dict[str, Outcome]:
    """Load what landed, with all shipped sources, and return what became of each file, by its name."""
    intake = Intake(load_sources(), "GBP")
    return {one.name: one for one in load_landing(shop.engine, shop.landing, share, intake=intake)}


def own_source(settings: Settings, more: str = "", form: str = "%Y-%m-%d", **columns: str | None) -> Intake:
    """Put a mapping of columns K, D and A in force, and return what files are read by."""
    named = {"customer_id": "K", "invoiced_at": "D", "amount": "A", **columns}
    text = f'currency = "GBP"\ntimestamp_formats = ["{form}"]\n{more}\n[columns]\n'
    text += "".join(f'{ours} = "{theirs}"\n' for ours, theirs in named.items() if theirs)
    settings.sources.mkdir(parents=True, exist_ok=True)
    (settings.sources / "own.toml").write_text(text, encoding="utf-8-sig")  # as Windows' editors do
    return Intake(load_sources(settings.sources))


def loaded(shop: Shop, intake: Intake, share: float = 0.0) -> Outcome:
    """Load the one file that landed, and return what became of it."""
    (outcome,) = load_landing(shop.engine, shop.landing, share, intake=intake)
    assert outcome.status == "loaded", outcome.error
    return outcome
