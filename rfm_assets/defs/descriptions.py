"""What the tables that are written several at once are for, in a sentence for whoever reads the catalogue."""

from collections.abc import Mapping

DESCRIPTIONS: Mapping[str, str] = {
    "raw.files": "Which files came in, what became of each, and the days that they cover.",
    "raw.landed_files": "What lay in the landing folder last time, so that it is not read again.",
    "raw.transactions": "Every line of every file as it came, before anything is judged.",
    "raw.unreadable": "The lines that could not be read, each with its text and the reason.",
    "raw.days": "Which business days new files have touched: those alone are rebuilt.",
    "raw.excluded_codes": "Product codes that are no products, such as postage, where they are left out.",
    "clean.transactions": "The lines that count: what was sold and returned, to whom, when, and for how much.",
    "clean.rejected": "The lines that do not count, each with its one reason.",
    "clean.copies": "Lines that a second file delivered again: they count once, in the other file.",
    "clean.guests": "What was bought without a customer id, and is in no segment for that.",
    "clean.orders": "Invoices: who ordered when and for how much; what recency, frequency and monetary are counted of.",
    "clean.returns": "Returns, with the sale that each takes back where that can be known.",
    "clean.ledger": "What became of each line read, day by day: the place to look first when a number seems wrong.",
    "clean.daily_orders": "What each day's orders add up to: tells which snapshots older data has changed since.",
    "rfm.customers": "How recently, how often and for how much each customer bought; scores from 1 to 5, 5 best.",
    "rfm.snapshots": "Which orders each snapshot was built from.",
    "model.candidates": "The numbers of clusters that each model version tried, and how good each was.",
    "model.versions": "The models that were fitted, whether each was promoted, and why.",
    "model.scaling": "How each model version scales the logarithms of recency, frequency and monetary.",
    "model.centroids": "Where the segments of each model version lie, in days, orders and money.",
    "model.training": "How the customers that each version was fitted on were spread: what drift is measured from.",
    "segments.customer_moves": "Who went from which segment to which since the snapshot before, and the one cause.",
    "segments.moves": "How many customers went from which segment to which since the snapshot before, and why.",
    "validation.segments": "What the customers of each segment went on to do: what a segment is worth knowing for.",
    "validation.predictions": "How well later purchases, and the next segment, can be foretold from today's numbers.",
}
