-- one row per customer who was in Champions when the month began and is not any more, most money first.
-- question: Who left Champions this month, and where did they go?
-- asked by: retention marketing, to write to them while they remember the shop
-- columns:
--   customer_id (id): the customer
--   since_snapshot_on (date): the last snapshot before the month, the first there is where none is older
--   snapshot_on (date): the latest snapshot
--   segment (text): where the customer is now
--   recency_days (days): days since the last sale
--   frequency (orders): orders so far
--   monetary (currency): money so far
--   why (text): why the segment, and what would change it
with compared as (
    select
        about.snapshot_on,
        coalesce(
            max(profiles.snapshot_on) filter (
                where profiles.snapshot_on < date_trunc('month', about.snapshot_on)
            ),
            min(profiles.snapshot_on)
        ) as since_snapshot_on,
    from about
    cross join segment_profiles as profiles
    group by about.snapshot_on
)

select
    segments.customer_id,
    compared.since_snapshot_on,
    segments.snapshot_on,
    segments.segment,
    segments.recency_days,
    segments.frequency,
    segments.monetary,
    segments.why,
from compared
inner join segment_history as history
    on compared.since_snapshot_on = history.snapshot_on
inner join segments
    on history.customer_id = segments.customer_id
where
    history.segment = 'Champions'
    and segments.segment <> 'Champions'
order by segments.monetary desc, segments.customer_id asc
