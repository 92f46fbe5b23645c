-- one row per segment, the most returns first.
-- question: Which segments send back most, and is it getting worse?
-- asked by: operations and category managers
-- columns:
--   segment (text): segment at the latest snapshot
--   customers (customers): customers of the segment
--   returns_rate (share): money of the returns, of the sales before returns
--   before_on (date): the last snapshot before this month of the same model, or its first; empty where there is none
--   returns_rate_before (share): the rate then; empty where the segment had nobody
--   returns_rate_change (share): the rate less the rate then
--   customers_left_with_nothing (customers): those whose returns took all they bought, or more
-- Under another model the same names have other customers, and a rate jumps overnight.
with compared as (
    select
        about.snapshot_on,
        coalesce(
            max(history.snapshot_on) filter (where history.snapshot_on < date_trunc('month', about.snapshot_on)),
            min(history.snapshot_on)
        ) as before_on,
    from about
    left join segment_history as history
        on
            about.model_version = history.model_version
            and about.snapshot_on > history.snapshot_on
    group by about.snapshot_on
),

nothing_left as (
    select
        segment,
        count(*) as customers,
    from segments
    where monetary <= 0
    group by segment
)

select
    profiles.segment,
    profiles.customers,
    profiles.returns_rate,
    compared.before_on,
    before.returns_rate as returns_rate_before,
    profiles.returns_rate - before.returns_rate as returns_rate_change,
    coalesce(nothing_left.customers, 0) as customers_left_with_nothing,
from compared
inner join segment_profiles as profiles
    on compared.snapshot_on = profiles.snapshot_on
left join segment_profiles as before
    on
        compared.before_on = before.snapshot_on
        and profiles.segment = before.segment
left join nothing_left
    on profiles.segment = nothing_left.segment
order by profiles.returns_rate desc, profiles.segment asc
