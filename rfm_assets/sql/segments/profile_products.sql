-- one row per snapshot, segment and place: the ten products that its customers bought, and kept, for most.
with customers as (
    select
        snapshot_on,
        customer_id,
        segment,
    from segments.customers
    where snapshot_on = cast($snapshot_on as date)
),

spellings as (
    select
        customers.snapshot_on,
        customers.segment,
        coalesce(lines.stock_code, lines.description) as stock_code,
        lines.description,
        sum(lines.amount) as amount,
        coalesce(sum(lines.amount) filter (where lines.line_kind = 'sale'), 0) as sales,
        sum(lines.quantity) as quantity,
    from clean.transactions as lines
    inner join customers
        on lines.customer_id = customers.customer_id
    where lines.invoiced_on <= cast($snapshot_on as date)
    group by
        customers.snapshot_on,
        customers.segment,
        coalesce(lines.stock_code, lines.description),
        lines.description
),

-- A code that was spelled in several ways counts once, under the spelling that brought most.
ranked_spellings as (
    select
        *,
        row_number() over (partition by segment, stock_code order by amount desc, description asc) as place,
    from spellings
),

products as (
    select
        snapshot_on,
        segment,
        stock_code,
        max(description) filter (where place = 1) as description,
        cast(sum(amount) as decimal(28, 4)) as amount,
        cast(sum(sales) as decimal(28, 4)) as sales,
        cast(sum(quantity) as bigint) as quantity,
    from ranked_spellings
    group by snapshot_on, segment, stock_code
),

ranked as (
    select
        *,
        sum(amount) over (partition by segment) as segment_amount,
        row_number() over (partition by segment order by amount desc, stock_code asc) as place,
    from products
)

select
    snapshot_on,
    segment,
    cast(place as bigint) as place,
    stock_code,
    description,
    amount,
    case when segment_amount > 0 then cast(amount as double) / cast(segment_amount as double) end as amount_share,
    sales,
    quantity,
from ranked
where
    place <= 10
    and amount > 0
