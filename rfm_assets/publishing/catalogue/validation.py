"""The validation as people read it in the catalogue."""

from rfm_assets.publishing.markdown import COUNT, HUNDREDTHS, SHARE, Columns

SEGMENTS: Columns = {
    "segment": ("segment at the cut", str),
    "customers": ("customers", COUNT),
    "bought_again_share": ("bought again", SHARE),
    "bought_again_share_low": ("from", SHARE),
    "bought_again_share_high": ("to", SHARE),
    "mean_orders": ("mean orders", HUNDREDTHS),
    "mean_orders_low": ("from", HUNDREDTHS),
    "mean_orders_high": ("to", HUNDREDTHS),
    "mean_monetary": ("mean money", HUNDREDTHS),
    "mean_monetary_low": ("from", HUNDREDTHS),
    "mean_monetary_high": ("to", HUNDREDTHS),
}
PREDICTIONS: Columns = {
    "target": ("foretold", str),
    "customers_trained": ("customers learnt from", COUNT),
    "customers_tested": ("customers tested", COUNT),
    "accuracy": ("right", SHARE),
    "largest_share": ("naming the most frequent", SHARE),
    "stay_share": ("stays where he is", SHARE),
    "auc": ("AUC", "{:.3f}".format),
    "base_rate": ("bought again", SHARE),
}
STABILITY: Columns = {
    "labelling": ("labelling", str),
    "days": ("days compared", COUNT),
    "mean_agreement": ("mean agreement", "{:.2%}".format),
    "least_agreement": ("least agreement", "{:.2%}".format),
    "least_on": ("on", str),
    "permutations": ("days with names permuted", COUNT),
}
