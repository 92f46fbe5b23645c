-- one row per customer who has ordered once, in the last 90 days, and kept something, most money first.
-- question: Who could be won for a second purchase, and what would it make of them?
-- asked by: CRM, for the mail that follows a first order
-- columns:
--   customer_id (id): the customer
--   recency_days (days): days since the order
--   monetary (currency): what was spent
--   segment (text): segment now
--   next_order_segment (text): segment after a second order of the same worth
--   silent_days (days): days left until the segment changes without one; empty when it does not
--   silent_segment (text): segment then
with asked as (
    select 90 as within_days,
)

select
    segments.customer_id,
    segments.recency_days,
    segments.monetary,
    segments.segment,
    segments.next_order_segment,
    segments.silent_days,
    segments.silent_segment,
from segments
cross join asked
where
    segments.frequency = 1
    and segments.recency_days <= asked.within_days
    and segments.monetary > 0
order by segments.monetary desc, segments.customer_id asc
