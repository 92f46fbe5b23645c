-- one row per segment of a snapshot, as people read it: the largest first.
select
    profiles.segment,
    profiles.customers,
    profiles.customer_share,
    profiles.monetary_share,
    profiles.mean_recency_days,
    profiles.mean_frequency,
    profiles.mean_monetary,
    playbook.recommended_action,
from segments.profiles as profiles
left join segments.playbook as playbook
    on profiles.segment = playbook.segment
where profiles.snapshot_on = cast($snapshot_on as date)
order by profiles.customers desc, profiles.segment asc
