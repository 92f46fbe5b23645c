-- one row per product of those returned for most, and how much of it is linked to the sale that it undoes.
with spellings as (
    select
        lines.stock_code,
        lines.description,
        max(lines.invoiced_at) as returned_at,
        sum(-returns.amount) as returned,
        sum(returns.quantity) as quantity,
        coalesce(sum(-returns.amount) filter (where returns.sale_invoice_id is not null), 0) as linked,
    from clean.returns as returns
    inner join clean.transactions as lines
        on
            returns.file_id = lines.file_id
            and returns.line_no = lines.line_no
    where returns.returned_on <= cast($snapshot_on as date)
    group by lines.stock_code, lines.description
),

-- A code that was spelled in several ways counts once, under the spelling of its last return; what has no code is a
-- product by its description.
ranked as (
    select
        stock_code,
        description,
        case when stock_code is null then description end as product,
        returned,
        quantity,
        linked,
        row_number() over (partition by stock_code order by returned_at desc, description asc) as place,
    from spellings
)

select
    stock_code,
    coalesce(product, max(description) filter (where place = 1)) as description,
    cast(sum(returned) as decimal(28, 4)) as returned,
    cast(sum(quantity) as bigint) as quantity,
    cast(sum(linked) as decimal(28, 4)) as linked,
from ranked
group by stock_code, product
order by sum(returned) desc, stock_code asc, product asc
limit cast($shown as bigint)
