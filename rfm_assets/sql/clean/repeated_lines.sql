-- one row per line of a touched day that comes again: which occurrence in its file it is, and which copy among files.
-- Few lines have the same content as another one, and only these are put in order and numbered. Two lines may share a
-- hash by chance: they are then looked at in vain.
-- Of a refund the amount is no part of the content: each export of an order says what was given back until then.
with hashed as (
    select
        transactions.file_id,
        transactions.line_no,
        hash(
            transactions.invoice_id,
            transactions.stock_code,
            transactions.description,
            transactions.quantity,
            transactions.invoiced_at,
            transactions.unit_price,
            transactions.customer_id,
            transactions.country,
            transactions.line_id,
            transactions.is_cancellation
        ) as content_hash,
    from raw.transactions as transactions
    inner join touched_days
        on transactions.invoiced_on = touched_days.invoiced_on
),

repeated as (
    select content_hash,
    from hashed
    group by content_hash
    having count(*) > 1
),

suspects as (
    select
        hashed.file_id,
        hashed.line_no,
    from hashed
    inner join repeated
        on hashed.content_hash = repeated.content_hash
    union distinct
    select
        file_id,
        line_no,
    from hashed
    where line_no >= $refund_lines
),

contents as (
    select
        transactions.file_id,
        transactions.line_no,
        transactions.unit_price,
        {
            'invoice_id': transactions.invoice_id,
            'stock_code': transactions.stock_code,
            'description': transactions.description,
            'quantity': transactions.quantity,
            'invoiced_at': transactions.invoiced_at,
            'unit_price': case when transactions.line_no < $refund_lines then transactions.unit_price end,
            'customer_id': transactions.customer_id,
            'country': transactions.country,
            'line_id': transactions.line_id,
            'is_cancellation': transactions.is_cancellation
        } as content,
    from raw.transactions as transactions
    inner join touched_days
        on transactions.invoiced_on = touched_days.invoiced_on
    inner join suspects
        on
            transactions.file_id = suspects.file_id
            and transactions.line_no = suspects.line_no
),

occurrences as (
    select
        file_id,
        line_no,
        unit_price,
        content,
        row_number() over (partition by content, unit_price, file_id order by line_no) as occurrence,
        case
            when line_no < $refund_lines then row_number() over (partition by content, file_id order by line_no)
            else 1
        end as place,
    from contents
),

-- The second of two identical lines is the same line in every file that has two: the day is the union of its files.
-- Which file's line is kept decides nothing but file_id and line_no; of a refund, it is the largest.
copies as (
    select
        file_id,
        line_no,
        occurrence,
        row_number() over (partition by content, place order by unit_price desc, file_id asc) as copy_no,
    from occurrences
)

select
    file_id,
    line_no,
    occurrence,
    copy_no,
from copies
where
    occurrence > 1
    or copy_no > 1
