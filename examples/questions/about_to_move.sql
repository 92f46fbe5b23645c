-- one row per customer who is in another segment within 14 days unless an order comes, most money first.
-- question: Which customers are about to leave their segment?
-- asked by: CRM, for reminders that come in time
-- columns:
--   customer_id (id): the customer
--   segment (text): segment now
--   silent_days (days): days without an order until the segment changes
--   moves_on (date): the day it changes
--   silent_segment (text): segment then
--   margin (standard deviations): how much nearer the segment is than the next one; near 0 is a close call
--   recency_days (days): days since the last sale
--   monetary (currency): money so far
--   next_order_segment (text): segment with one more order on the day of the snapshot
with asked as (
    select 14 as within_days,
)

select
    segments.customer_id,
    segments.segment,
    segments.silent_days,
    segments.snapshot_on + cast(segments.silent_days as integer) as moves_on,
    segments.silent_segment,
    segments.margin,
    segments.recency_days,
    segments.monetary,
    segments.next_order_segment,
from segments
cross join asked
where segments.silent_days <= asked.within_days
order by segments.monetary desc, segments.customer_id asc
