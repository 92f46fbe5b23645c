-- one row per segment of the snapshot: the largest first.
with before as (
    select
        segment,
        customers,
    from segments.profiles
    where snapshot_on = cast($previous_snapshot_on as date)
),

kept as (
    select count(*) > 0 as is_kept,
    from before
)

select
    profiles.segment,
    playbook.description,
    playbook.recommended_action,
    profiles.customers,
    profiles.customer_share,
    profiles.monetary,
    profiles.monetary_share,
    profiles.median_recency_days,
    profiles.median_frequency,
    profiles.median_monetary,
    profiles.returns_rate,
    -- Nothing is known of a snapshot that was taken out; of one that is there, a segment can have been empty.
    case when kept.is_kept then coalesce(before.customers, 0) end as previous_customers,
from segments.profiles as profiles
cross join kept
left join segments.playbook as playbook
    on profiles.segment = playbook.segment
left join before
    on profiles.segment = before.segment
where profiles.snapshot_on = cast($snapshot_on as date)
order by profiles.customers desc, profiles.segment asc
