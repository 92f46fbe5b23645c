-- one row per cohort and segment, the oldest cohort first: the customers who came in a month, where they are now.
-- question: What became of the customers we won in each month?
-- asked by: acquisition marketing, to see whether a good month brought good customers
-- columns:
--   cohort_on (date): first day of the month of a customer's first snapshot; empty for those in the oldest snapshot
--   segment (text): segment now
--   customers (customers): customers of the cohort who are in the segment
--   cohort_share (share): of the customers of the cohort
--   monetary (currency): what they have spent so far
with arrivals as (
    select
        customer_id,
        min(snapshot_on) as first_snapshot_on,
    from segment_history
    group by customer_id
),

beginning as (
    select min(snapshot_on) as snapshot_on,
    from segment_profiles
),

customers as (
    select
        case
            when arrivals.first_snapshot_on > beginning.snapshot_on
                then cast(date_trunc('month', arrivals.first_snapshot_on) as date)
        end as cohort_on,
        segments.segment,
        segments.monetary,
    from segments
    inner join arrivals
        on segments.customer_id = arrivals.customer_id
    cross join beginning
),

counts as (
    select
        cohort_on,
        segment,
        count(*) as customers,
        sum(monetary) as monetary,
    from customers
    group by cohort_on, segment
)

select
    cohort_on,
    segment,
    customers,
    cast(customers as double) / sum(customers) over (partition by cohort_on) as cohort_share,
    monetary,
from counts
order by cohort_on nulls first, segment
