-- one row per segment of customers who are slipping away, most money first.
-- question: How much revenue is at risk, and how much of it is lost soon if nothing is done?
-- asked by: head of marketing and finance, before a budget for keeping customers is set
-- columns:
--   segment (text): Needs Attention, At Risk and Cannot Lose, those of them that have customers
--   customers (customers): customers of the segment
--   monetary (currency): what they have spent so far
--   monetary_share (share): of the money of all customers
--   slipping_customers (customers): those of them who are in another segment after 30 days without an order
--   slipping_monetary (currency): what these have spent so far
--   recommended_action (text): what to do
with asked as (
    select 30 as within_days,
),

totals as (
    select sum(monetary) as monetary,
    from segments
)

select
    segments.segment,
    count(*) as customers,
    sum(segments.monetary) as monetary,
    case
        when totals.monetary > 0 then cast(sum(segments.monetary) as double) / cast(totals.monetary as double)
    end as monetary_share,
    count(*) filter (where segments.silent_days <= asked.within_days) as slipping_customers,
    coalesce(
        sum(segments.monetary) filter (where segments.silent_days <= asked.within_days), 0
    ) as slipping_monetary,
    segments.recommended_action,
from segments
cross join asked
cross join totals
where segments.segment in ('Needs Attention', 'At Risk', 'Cannot Lose')
group by segments.segment, segments.recommended_action, totals.monetary
order by monetary desc, segments.segment asc
