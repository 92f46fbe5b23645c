"""The validation as people read it in the catalogue."""

from rfm_assets.publishing.markdown import Columns

_SHARE = "{:.1%}".format
_ORDERS = "{:,.2f}".format
_MONEY = "{:,.2f}".format

SEGMENTS: Columns = {
    "segment": ("segment at the cut", str),
    "customers": ("customers", "{:,}".format),
    "bought_again_share": ("bought again", _SHARE),
    "bought_again_share_low": ("from", _SHARE),
    "bought_again_share_high": ("to", _SHARE),
    "mean_orders": ("mean orders", _ORDERS),
    "mean_orders_low": ("from", _ORDERS),
    "mean_orders_high": ("to", _ORDERS),
    "mean_monetary": ("mean money", _MONEY),
    "mean_monetary_low": ("from", _MONEY),
    "mean_monetary_high": ("to", _MONEY),
}
PREDICTIONS: Columns = {
    "target": ("foretold", str),
    "customers_trained": ("customers learnt from", "{:,}".format),
    "customers_tested": ("customers tested", "{:,}".format),
    "accuracy": ("right", _SHARE),
    "largest_share": ("naming the most frequent", _SHARE),
    "stay_share": ("stays where he is", _SHARE),
    "auc": ("AUC", "{:.3f}".format),
    "base_rate": ("bought again", _SHARE),
}
STABILITY: Columns = {
    "labelling": ("labelling", str),
    "days": ("days compared", "{:,}".format),
    "mean_agreement": ("mean agreement", "{:.2%}".format),
    "least_agreement": ("least agreement", "{:.2%}".format),
    "least_on": ("on", str),
    "permutations": ("days with names permuted", "{:,}".format),
}
