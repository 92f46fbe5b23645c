-- one row per customer who bought on or before the snapshot.
-- A score counts the whole fifths of customers who do strictly worse, so that equal values have equal scores.
with scores as (
    select
        customer_id,
        cast(1 + (5 * (rank() over (order by recency_days desc) - 1)) // count(*) over () as bigint) as r_score,
        cast(1 + (5 * (rank() over (order by frequency) - 1)) // count(*) over () as bigint) as f_score,
        cast(1 + (5 * (rank() over (order by monetary) - 1)) // count(*) over () as bigint) as m_score,
    from buyers
)

select
    buyers.snapshot_on,
    buyers.customer_id,
    buyers.recency_days,
    buyers.frequency,
    buyers.monetary,
    buyers.gross_sales,
    buyers.returned,
    buyers.first_order_on,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    concat(
        cast(scores.r_score as varchar), cast(scores.f_score as varchar), cast(scores.m_score as varchar)
    ) as rfm_cell,
    grid.rfm_segment,
from buyers
inner join scores
    on buyers.customer_id = scores.customer_id
-- Scores that no segment has a cell for break the contract, and lose no customer.
left join rfm.grid as grid
    on
        scores.r_score = grid.r_score
        and scores.f_score = grid.f_score
-- The same rows lie in the same order, whatever threads ran.
order by buyers.customer_id
