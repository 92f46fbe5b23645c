-- one row: whether the version, as it is fitted, has its rule card.
select count(*) > 0 as has_card,
from model.rule_cards
where
    model_version = cast($model_version as date)
    and model_digest = $model_digest
