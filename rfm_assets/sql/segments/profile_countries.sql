-- one row per snapshot, segment and place: the ten countries that its customers bought from, and kept, for most.
with customers as (
    select
        snapshot_on,
        customer_id,
        segment,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
),

customer_countries as (
    select
        customer_id,
        coalesce(country, 'Unknown') as country,
        sum(amount) as amount,
    from clean.transactions
    where invoiced_on <= cast($snapshot_on as date)
    group by customer_id, coalesce(country, 'Unknown')
),

countries as (
    select
        customers.snapshot_on,
        customers.segment,
        customer_countries.country,
        count(*) as customers,
        cast(sum(customer_countries.amount) as decimal(28, 4)) as amount,
    from customer_countries
    inner join customers
        on customer_countries.customer_id = customers.customer_id
    group by customers.snapshot_on, customers.segment, customer_countries.country
),

totals as (
    select
        segment,
        count(*) as customers,
    from customers
    group by segment
),

ranked as (
    select
        countries.snapshot_on,
        countries.segment,
        countries.country,
        countries.customers,
        countries.amount,
        cast(countries.customers as double) / cast(totals.customers as double) as customer_share,
        sum(countries.amount) over (partition by countries.segment) as segment_amount,
        row_number() over (
            partition by countries.segment
            order by countries.amount desc, countries.country asc
        ) as place,
    from countries
    inner join totals
        on countries.segment = totals.segment
)

select
    snapshot_on,
    segment,
    cast(place as bigint) as place,
    country,
    customers,
    customer_share,
    amount,
    case when segment_amount > 0 then cast(amount as double) / cast(segment_amount as double) end as amount_share,
from ranked
where place <= 10
