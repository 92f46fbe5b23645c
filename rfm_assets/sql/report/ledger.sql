-- one row: what became of the lines read, of the days up to the snapshot.
select
    min(invoiced_on) as first_on,
    max(invoiced_on) as last_on,
    cast(coalesce(sum(read_lines), 0) as bigint) as read_lines,
    cast(coalesce(sum(read_amount), 0) as decimal(28, 4)) as read_amount,
    cast(coalesce(sum(sale_lines), 0) as bigint) as sale_lines,
    cast(coalesce(sum(sale_amount), 0) as decimal(28, 4)) as sale_amount,
    cast(coalesce(sum(return_lines), 0) as bigint) as return_lines,
    cast(coalesce(sum(return_amount), 0) as decimal(28, 4)) as return_amount,
    cast(coalesce(sum(missing_customer_lines), 0) as bigint) as missing_customer_lines,
    cast(coalesce(sum(missing_customer_amount), 0) as decimal(28, 4)) as missing_customer_amount,
    cast(coalesce(sum(duplicate_lines), 0) as bigint) as duplicate_lines,
    cast(coalesce(sum(duplicate_amount), 0) as decimal(28, 4)) as duplicate_amount,
    cast(coalesce(sum(negative_price_lines), 0) as bigint) as negative_price_lines,
    cast(coalesce(sum(negative_price_amount), 0) as decimal(28, 4)) as negative_price_amount,
    cast(coalesce(sum(zero_price_lines), 0) as bigint) as zero_price_lines,
    cast(coalesce(sum(zero_price_amount), 0) as decimal(28, 4)) as zero_price_amount,
    cast(coalesce(sum(adjustment_lines), 0) as bigint) as adjustment_lines,
    cast(coalesce(sum(adjustment_amount), 0) as decimal(28, 4)) as adjustment_amount,
    cast(coalesce(sum(excluded_code_lines), 0) as bigint) as excluded_code_lines,
    cast(coalesce(sum(excluded_code_amount), 0) as decimal(28, 4)) as excluded_code_amount,
from clean.ledger
where invoiced_on <= cast($snapshot_on as date)
