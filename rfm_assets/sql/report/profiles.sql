-- one row per segment of the snapshot: the largest first.
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
    before.customers as previous_customers,
from segments.profiles as profiles
left join segments.playbook as playbook
    on profiles.segment = playbook.segment
left join segments.profiles as before
    on
        before.snapshot_on = cast($previous_snapshot_on as date)
        and profiles.segment = before.segment
where profiles.snapshot_on = cast($snapshot_on as date)
order by profiles.customers desc, profiles.segment asc
