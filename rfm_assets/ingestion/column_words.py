"""Words that names of columns have, by our field that they stand for."""

import re
from collections.abc import Mapping, Sequence

from rfm_assets.ingestion.nested import DOT

# Words in names of columns, the likelier first; a column is taken once, in this order of fields.
WORDS = {
    "invoiced_at": ("invoicedate", "orderdate", "datetime", "created", "timestamp", "date", "datum", "time"),
    "invoice_id": ("invoice", "orderid", "orderno", "order", "receipt", "transaction", "basket", "beleg", "rechnung"),
    "customer_id": ("customerid", "clientid", "customer", "client", "member", "kunde", "email", "user", "buyer"),
    "quantity": ("quantity", "qty", "units", "menge", "anzahl", "pieces"),
    "unit_price": (
        "unitprice", "unitamount", "einzelpreis", "saleprice", "salesprice", "price", "preis", "cost", "rate",
    ),
    "amount": ("amount", "total", "revenue", "sales", "value", "betrag", "umsatz"),
    "stock_code": ("stockcode", "sku", "productid", "productcode", "itemid", "article", "artikel", "code"),
    "description": ("description", "productname", "product", "itemname", "name", "text", "bezeichnung"),
    "country": ("country", "land", "region"),
}  # fmt: skip
# Words in names of columns that are something else, and are taken only where no other column is there.
NOT_OF_SALES = ("discount", "rabatt", "shipping", "freight", "versand", "tax", "vat", "mwst")
OTHER_WORDS = {
    "invoice_id": ("status", "type", "state", "channel", "qty", "quantity", "url"),
    "customer_id": ("name", "type", "group"),
    "quantity": ("cancel", "refund", "fulfillable", "total"),
    "unit_price": (*NOT_OF_SALES, "total", "gesamt"),
    "amount": NOT_OF_SALES,
}
CURRENCY = ("currency", "waehr", "währ", "devise", "moneda", "valuta")
MONEY = ("unit_price", "amount")
NUMBERS = ("quantity", *MONEY)
OF_ITEMS = ("sku", "product", "article", "artikel", "itemid", "variant")


def plain(name: str) -> str:
    """Return the letters and digits of a column's name."""
    return re.sub(r"[\W_]", "", name.lower())


def likeliest_list(ways: Mapping[str, Sequence[str]]) -> str:
    """Return the list of JSON whose elements are likeliest what was sold.

    It has products, quantities and money, and is in no other list that has them: what was shipped or given back of an
    order is often there once more, further in. Where none has them, it is the list whose lines have the most names.

    Args:
        ways: the names of the lines of each list, as `nested.names` has them.
    """
    of_items = [within for within, names in ways.items() if _is_of_items(within, names)]
    if not of_items:
        return max(ways, key=lambda within: len(ways[within]))
    return min(of_items, key=lambda within: (sum(within.startswith(other + DOT) for other in ways), -len(ways[within])))


def _is_of_items(within: str, names: Sequence[str]) -> bool:
    own = [plain(name[len(within) :]) for name in names if not within or name.startswith(within + DOT)]
    kinds = (OF_ITEMS, WORDS["quantity"], (*WORDS["unit_price"], *WORDS["amount"]))
    return all(any(word in name for name in own for word in kind) for kind in kinds)
