-- one row per recency score of a snapshot: its customers by frequency score.
select
    r_score,
    count(*) filter (where f_score = 1) as f_1,
    count(*) filter (where f_score = 2) as f_2,
    count(*) filter (where f_score = 3) as f_3,
    count(*) filter (where f_score = 4) as f_4,
    count(*) filter (where f_score = 5) as f_5,
from rfm.customers
where snapshot_on = cast($snapshot_on as date)
group by r_score
order by r_score desc
