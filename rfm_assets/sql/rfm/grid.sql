-- one row per recency score and frequency score.
-- Source: the eleven names are Putler's ("RFM Analysis for Successful Customer Segmentation", 2018), whose ranges
-- overlap; the cells are the customary form without overlap, in which recency and frequency decide, with Lost as the
-- least recent of Hibernating.
select
    cast(cells.r_score as bigint) as r_score,
    cast(cells.f_score as bigint) as f_score,
    cells.rfm_segment,
from (
    values
    (5, 1, 'New'),
    (5, 2, 'Potential Loyalists'),
    (5, 3, 'Potential Loyalists'),
    (5, 4, 'Champions'),
    (5, 5, 'Champions'),
    (4, 1, 'Promising'),
    (4, 2, 'Potential Loyalists'),
    (4, 3, 'Potential Loyalists'),
    (4, 4, 'Loyal'),
    (4, 5, 'Loyal'),
    (3, 1, 'About To Sleep'),
    (3, 2, 'About To Sleep'),
    (3, 3, 'Need Attention'),
    (3, 4, 'Loyal'),
    (3, 5, 'Loyal'),
    (2, 1, 'Hibernating'),
    (2, 2, 'Hibernating'),
    (2, 3, 'At Risk'),
    (2, 4, 'At Risk'),
    (2, 5, 'Cannot Lose Them'),
    (1, 1, 'Lost'),
    (1, 2, 'Lost'),
    (1, 3, 'At Risk'),
    (1, 4, 'At Risk'),
    (1, 5, 'Cannot Lose Them')
) as cells (r_score, f_score, rfm_segment)
