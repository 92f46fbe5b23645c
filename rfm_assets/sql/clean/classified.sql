-- one row per line read on a touched day, with the one class that it falls in.
with lines as (
    select
        transactions.file_id,
        transactions.line_no,
        transactions.invoice_id,
        transactions.stock_code,
        transactions.description,
        transactions.quantity,
        transactions.invoiced_at,
        transactions.unit_price,
        transactions.customer_id,
        transactions.country,
        transactions.is_cancellation,
        transactions.invoiced_on,
        nullif(trim(transactions.customer_id), '') as customer,
        excluded_codes.code is not null as is_excluded,
        coalesce(repeated_lines.occurrence, 1) as occurrence,
        coalesce(repeated_lines.copy_no, 1) as copy_no,
    from raw.transactions as transactions
    inner join touched_days
        on transactions.invoiced_on = touched_days.invoiced_on
    left join raw.excluded_codes as excluded_codes
        on upper(trim(transactions.stock_code)) = excluded_codes.code
    left join repeated_lines
        on
            transactions.file_id = repeated_lines.file_id
            and transactions.line_no = repeated_lines.line_no
)

-- The order of the reasons decides: a guest's duplicate is a guest's line.
select
    file_id,
    line_no,
    invoice_id,
    stock_code,
    description,
    quantity,
    invoiced_at,
    unit_price,
    customer_id,
    country,
    invoiced_on,
    is_excluded,
    cast(quantity * unit_price as decimal(18, 4)) as amount,
    case
        when copy_no > 1 then 'copy'
        when customer is null then 'missing_customer'
        when occurrence > 1 then 'duplicate'
        when unit_price < 0 then 'negative_price'
        when unit_price = 0 then 'zero_price'
        when is_cancellation and quantity >= 0 then 'adjustment'
        when not is_cancellation and quantity <= 0 then 'adjustment'
        when is_excluded then 'excluded_code'
    end as reason,
    case when is_cancellation then 'return' else 'sale' end as line_kind,
from lines
