-- one row per product code that is left out now and was not before, or the other way round.
select coalesce(excluded_codes.code, codes_before.code) as code,
from raw.excluded_codes as excluded_codes
full outer join codes_before
    on excluded_codes.code = codes_before.code
where
    excluded_codes.code is null
    or codes_before.code is null
