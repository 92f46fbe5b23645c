-- one row per customer whose orders are unusually large or many, most money first.
-- question: Who buys like a wholesaler, and distorts every average?
-- asked by: analysts, before they compare means; key account managers, to take them over
-- columns:
--   customer_id (id): the customer
--   segment (text): segment now
--   recency_days (days): days since the last sale
--   frequency (orders): orders so far
--   monetary (currency): money so far
--   mean_order (currency): money of an order, to the ten-thousandth
--   has_large_orders (yes or no): mean_order is unusual among all customers
--   has_many_orders (yes or no): frequency is
--   monetary_share (share): of the money of all
-- Unusual: above the upper quartile of the logarithms by 1.5 times the distance between the quartiles (Tukey's fence).
-- The pipeline leaves out of the model's fit only those beyond RFM_OUTLIER_FENCE, which is 3 times, unless it is set.
with asked as (
    select 1.5 as fence,
),

numbers as (
    select
        customer_id,
        segment,
        recency_days,
        frequency,
        monetary,
        monetary / frequency as mean_order,
        ln(1 + cast(monetary as double) / frequency) as log_mean_order,
        ln(cast(frequency as double)) as log_frequency,
    from segments
    where monetary > 0
),

quartiles as (
    select
        quantile_cont(log_mean_order, 0.25) as lower_mean_order,
        quantile_cont(log_mean_order, 0.75) as upper_mean_order,
        quantile_cont(log_frequency, 0.25) as lower_frequency,
        quantile_cont(log_frequency, 0.75) as upper_frequency,
    from numbers
),

totals as (
    select sum(monetary) as monetary,
    from segments
),

compared as (
    select
        numbers.*,
        numbers.log_mean_order
        > quartiles.upper_mean_order
        + asked.fence * (quartiles.upper_mean_order - quartiles.lower_mean_order) as has_large_orders,
        numbers.log_frequency
        > quartiles.upper_frequency
        + asked.fence * (quartiles.upper_frequency - quartiles.lower_frequency) as has_many_orders,
        totals.monetary as monetary_of_all,
    from numbers
    cross join quartiles
    cross join totals
    cross join asked
)

select
    customer_id,
    segment,
    recency_days,
    frequency,
    monetary,
    cast(mean_order as decimal(28, 4)) as mean_order,
    has_large_orders,
    has_many_orders,
    case
        when monetary_of_all > 0 then cast(monetary as double) / cast(monetary_of_all as double)
    end as monetary_share,
from compared
where has_large_orders or has_many_orders
order by monetary desc, customer_id asc
