"""Lists arrive whole, once or several times without harm, and a secret is told to nobody."""

import logging
from datetime import date

import pytest
from pydantic import SecretStr

from rfm_assets.publishing.lists.delivery import DeliveryError
from rfm_assets.publishing.lists.destinations import Folder, destinations
from rfm_assets.publishing.lists.publication import publish_lists
from rfm_assets.publishing.lists.webhook import Webhook
from rfm_assets_tests.publishing.lists.receiver import DROP, PATH, TOKEN

FIRST, SECOND, THIRD, FOURTH = (date(2011, 12, day) for day in (1, 2, 3, 4))


@pytest.fixture
def segments(segments):
    segments.snapshot(FIRST, {"c1": "A", "c2": "A", "c3": "B", "c4": "B", "=c5": "B"})
    return segments


def test_the_first_delivery_is_all_customers_in_batches(segments, receiver, webhook):
    assert segments.send(webhook) == [webhook.name]
    bodies = [body for _, body, _, _ in receiver.posts]
    publication = publish_lists(segments.warehouse, segments.published).manifest.publication
    assert bodies[0] == {
        "publication": publication, "snapshot_on": "2011-12-01", "kind": "customers", "since": None,
        "batches": 3, "batch": 1,
        "rows": [{"customer_id": "=c5", "segment": "B"}, {"customer_id": "c1", "segment": "A"}],
    }  # fmt: skip
    assert [(body["batch"], len(body["rows"])) for body in bodies] == [(1, 2), (2, 2), (3, 1)]
    assert {token for _, _, token, _ in receiver.posts} == {f"Bearer {TOKEN}"}
    assert receiver.kinds == {"application/json"}


def test_without_a_token_none_is_sent(segments, receiver):
    segments.send(Webhook(SecretStr(receiver.url), None, 500))
    assert [(token, len(body["rows"])) for _, body, token, _ in receiver.posts] == [("", 5)]


def test_later_ones_are_the_changes_and_say_since_which_publication(segments, receiver, webhook):
    segments.send(webhook)
    first = receiver.posts[0][1]["publication"]
    segments.snapshot(SECOND, {"c1": "B", "c2": "A", "c3": "B", "c4": "B", "=c5": "B"}, ("c1", "A", "B", "ageing"))
    segments.send(webhook)
    (body,) = [body for _, body, _, _ in receiver.posts[3:]]
    assert (body["kind"], body["since"]) == ("changes", first)
    assert body["rows"] == [{"customer_id": "c1", "from_segment": "A", "to_segment": "B", "cause": "ageing"}]


def test_every_batch_of_changes_says_how_many_there_are(segments, receiver, webhook):
    segments.send(webhook)
    moved = [(customer, "B", "A", "ageing") for customer in ("c3", "c4", "=c5")]
    segments.snapshot(SECOND, dict.fromkeys(("c1", "c2", "c3", "c4", "=c5"), "A") | {"c1": "B"},
                      ("c1", "A", "B", "ageing"), *moved)  # fmt: skip
    segments.send(webhook)
    assert [(body["batch"], body["batches"], len(body["rows"])) for _, body, _, _ in receiver.posts[3:]] == [
        (1, 2, 2), (2, 2, 2)
    ]  # fmt: skip


def test_a_day_without_changes_is_told_too(segments, receiver, webhook):
    segments.send(webhook)
    segments.snapshot(SECOND, {"c1": "A", "c2": "A", "c3": "B", "c4": "B", "=c5": "B"})
    segments.send(webhook)
    assert [(body["batches"], body["rows"]) for _, body, _, _ in receiver.posts[3:]] == [(1, [])]


def test_a_publication_that_arrived_is_not_sent_again(segments, receiver, webhook):
    segments.send(webhook)
    assert segments.send(webhook) == []
    assert len(receiver.posts) == 3


@pytest.mark.parametrize("trouble", [[503, 500], [DROP, DROP], [(429, {"Retry-After": "0"}), DROP]])
def test_what_fails_twice_arrives_once_with_one_key(segments, receiver, webhook, trouble):
    receiver.answers = list(trouble)
    segments.send(webhook)
    keys = [key for key, *_ in receiver.posts]
    assert len(keys) == 5
    assert keys[0] == keys[1] == keys[2]
    assert len(set(keys)) == 3
    assert [row["customer_id"] for row in receiver.rows] == ["=c5", "c1", "c2", "c3", "c4"]


def test_a_run_again_after_a_failure_sends_the_same_batches_under_the_same_keys(segments, receiver, webhook):
    receiver.answers = [200, 400]
    with pytest.raises(DeliveryError):
        segments.send(webhook)
    segments.send(webhook)
    keys = [key for key, *_ in receiver.posts]
    assert keys[:2] == keys[2:4]
    assert sorted(row["customer_id"] for row in receiver.rows) == ["=c5", "c1", "c2", "c3", "c4"]


def test_a_publication_sent_whole_after_its_changes_has_another_key(segments, receiver):
    place = Webhook(SecretStr(receiver.url), None, 500)
    segments.send(place)
    segments.snapshot(SECOND, {"c1": "B"}, ("c1", "A", "B", "ageing"))
    segments.send(place)
    (receipt,) = (segments.published / ".delivered").iterdir()
    receipt.unlink()
    segments.send(place)
    assert [body["kind"] for _, body, _, _ in receiver.posts] == ["customers", "changes", "customers"]
    assert len(receiver.taken) == 3


def test_after_a_delivery_that_failed_the_next_publication_is_sent_whole(segments, receiver, webhook):
    segments.send(webhook)
    segments.snapshot(SECOND, {"c1": "B"})
    receiver.answers = [401]
    with pytest.raises(DeliveryError):
        segments.send(webhook)
    segments.snapshot(THIRD, {"c1": "A"})
    segments.send(webhook)
    first = receiver.posts[0][1]["publication"]
    assert [(body["kind"], body["since"], answer) for _, body, _, answer in receiver.posts[3:]] == [
        ("changes", first, 401),
        ("customers", None, 200),
    ]
    segments.snapshot(FOURTH, {"c1": "B"})
    segments.send(webhook)
    assert receiver.posts[-1][1]["kind"] == "changes"


def test_a_refusal_is_not_tried_again_and_no_secret_is_told(segments, receiver, webhook, caplog):
    receiver.answers = [403]
    with caplog.at_level(logging.DEBUG), pytest.raises(DeliveryError) as raised:
        segments.send(webhook)
    assert len(receiver.posts) == 1
    said = str(raised.value)
    host = f"http://127.0.0.1:{receiver.server_port}"
    assert said.startswith(
        f"{host} (RFM_WEBHOOK_URL) answered 403 Forbidden to batch 1 of 3 of publication 2011-12-01-"
    )
    assert "'wrong token Bearer *** to ***'. The batches after it were not sent." in said
    told = said + caplog.text + repr(webhook.__dict__) + webhook.name
    assert TOKEN not in told
    assert PATH not in told


@pytest.mark.parametrize("host", ["crm..example.com", "crm☃.example.com"])
def test_an_address_whose_host_can_be_none_is_told_and_keeps_no_other_place_waiting(segments, tmp_path, host):
    with pytest.raises(DeliveryError, match=f"https://{host} .* was not reached"):
        segments.send(Webhook(SecretStr(f"https://{host}/hook"), None, 2), Folder(tmp_path / "lists"))
    assert (tmp_path / "lists" / "A.csv").exists()


def test_names_arrive_in_all_their_letters(segments, receiver, webhook):
    segments.snapshot(SECOND, {"c1": "Käufer ☕"})
    segments.send(webhook)
    assert receiver.rows == [{"customer_id": "c1", "segment": "Käufer ☕"}]


def test_one_place_that_fails_keeps_none_of_the_others_waiting(segments, receiver, webhook, tmp_path):
    receiver.answers = [400]
    with pytest.raises(DeliveryError, match="answered 400"):
        segments.send(webhook, Folder(tmp_path / "lists"))
    assert (tmp_path / "lists" / "A.csv").exists()
    assert segments.send(webhook, Folder(tmp_path / "lists")) == [webhook.name]


def test_what_a_destination_of_your_own_did_not_foresee_is_told_with_what_failed_elsewhere(segments, tmp_path):
    class Unforeseen:
        name = "sftp"

        def deliver(self, publication, had) -> None:
            raise ConnectionResetError("the other side hung up")

    with pytest.raises(DeliveryError) as told:
        segments.send(Unforeseen(), Folder(tmp_path / "nowhere" / "lists"), Folder(tmp_path / "lists"))
    assert str(told.value).startswith("sftp: ConnectionResetError('the other side hung up'); ")
    assert str(tmp_path / "nowhere") in str(told.value)
    assert isinstance(told.value.__cause__, ConnectionResetError)
    assert (tmp_path / "lists" / "A.csv").exists()


def test_a_destination_of_your_own_is_a_class_with_a_name_and_one_method(segments):
    class Kept:
        name = "kept"

        def __init__(self) -> None:
            self.segments: dict[str, str] = {}

        def deliver(self, publication, had) -> None:
            for frame in publication.customers(2):
                self.segments |= dict(frame.iter_rows())

    kept = Kept()
    segments.send(kept)
    assert kept.segments == {"c1": "A", "c2": "A", "c3": "B", "c4": "B", "=c5": "B"}


def test_the_settings_name_the_destinations_their_token_and_their_batches(settings, segments, receiver, tmp_path):
    assert list(destinations(settings)) == []
    chosen = {"lists_folder": tmp_path / "lists", "webhook_url": SecretStr(receiver.url)}
    more = {"webhook_token": SecretStr(TOKEN), "webhook_batch_size": 3}
    found = list(destinations(settings.model_copy(update=chosen | more)))
    assert [type(target) for target in found] == [Folder, Webhook]
    segments.send(*found)
    assert [(len(body["rows"]), token) for _, body, token, _ in receiver.posts] == [
        (3, f"Bearer {TOKEN}"), (2, f"Bearer {TOKEN}")
    ]  # fmt: skip
