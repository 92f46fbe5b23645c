-- one row per recency score and frequency score that a customer of the snapshot has.
select
    r_score,
    f_score,
    count(*) as customers,
from segments.customers
where snapshot_on = cast($snapshot_on as date)
group by r_score, f_score
order by r_score, f_score
