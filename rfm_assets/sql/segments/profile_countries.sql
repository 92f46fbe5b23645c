-- one row per snapshot, segment and place: the ten countries that the segment's customers bought from for most.
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
        sum(amount) as sales,
    from clean.transactions
    where
        line_kind = 'sale'
        and invoiced_on <= cast($snapshot_on as date)
    group by customer_id, coalesce(country, 'Unknown')
),

countries as (
    select
        customers.snapshot_on,
        customers.segment,
        customer_countries.country,
        count(*) as customers,
        cast(sum(customer_countries.sales) as decimal(28, 4)) as sales,
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
        countries.sales,
        cast(countries.customers as double) / cast(totals.customers as double) as customer_share,
        cast(countries.sales as double)
        / cast(sum(countries.sales) over (partition by countries.segment) as double) as sales_share,
        row_number() over (
            partition by countries.segment
            order by countries.sales desc, countries.country asc
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
    sales,
    sales_share,
from ranked
where place <= 10
