-- one row per month and segment, the latest month first: how many there are at its last snapshot.
-- question: Which segments grow, which shrink, month over month?
-- asked by: head of marketing, for the monthly report
-- columns:
--   month_on (date): first day of the month
--   snapshot_on (date): the last snapshot of the month
--   segment (text): every segment that any month has
--   customers (customers): customers; 0 where the segment has none
--   customers_change (customers): more than in the month before; empty for the first month
--   customers_change_share (share): the change as a share of the month before; empty where that had none
--   monetary (currency): money of the segment so far
--   monetary_change (currency): more than in the month before; empty for the first month
with months as (
    select
        cast(date_trunc('month', snapshot_on) as date) as month_on,
        max(snapshot_on) as snapshot_on,
    from segment_profiles
    group by date_trunc('month', snapshot_on)
),

names as (
    select distinct segment_profiles.segment,
    from segment_profiles
    inner join months
        on segment_profiles.snapshot_on = months.snapshot_on
),

counts as (
    select
        months.month_on,
        months.snapshot_on,
        names.segment,
        coalesce(profiles.customers, 0) as customers,
        coalesce(profiles.monetary, 0) as monetary,
    from months
    cross join names
    left join segment_profiles as profiles
        on
            months.snapshot_on = profiles.snapshot_on
            and names.segment = profiles.segment
),

compared as (
    select
        *,
        lag(customers) over (partition by segment order by month_on) as customers_before,
        lag(monetary) over (partition by segment order by month_on) as monetary_before,
    from counts
)

select
    month_on,
    snapshot_on,
    segment,
    customers,
    customers - customers_before as customers_change,
    cast(customers - customers_before as double) / nullif(customers_before, 0) as customers_change_share,
    monetary,
    monetary - monetary_before as monetary_change,
from compared
order by month_on desc, segment asc
