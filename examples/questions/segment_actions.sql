-- one row per segment of the latest snapshot, most money first.
-- question: What is each segment, and what do we do with it?
-- asked by: everybody who sees the segments for the first time
-- columns:
--   segment (text): its name
--   customers (customers): customers
--   customer_share (share): of all customers
--   monetary (currency): what they have spent so far
--   monetary_share (share): of the money of all
--   median_recency_days (days): days since the last sale of the customer in the middle
--   median_frequency (orders): orders of the customer in the middle
--   median_monetary (currency): money of the customer in the middle
--   description (text): who they are
--   recommended_action (text): what to do
select
    profiles.segment,
    profiles.customers,
    profiles.customer_share,
    profiles.monetary,
    profiles.monetary_share,
    profiles.median_recency_days,
    profiles.median_frequency,
    profiles.median_monetary,
    playbook.description,
    playbook.recommended_action,
from segment_profiles as profiles
inner join about
    on profiles.snapshot_on = about.snapshot_on
left join playbook
    on profiles.segment = playbook.segment
order by profiles.monetary desc, profiles.segment asc
