"""Alerts sent to a real webhook and a real mail server on this machine."""

import logging
import socketserver
import ssl
import threading
from contextlib import nullcontext

import pytest
from pydantic import SecretStr

from rfm_assets.alerting import __main__ as trial
from rfm_assets.alerting import sending
from rfm_assets.alerting.errors import AlertError
from rfm_assets.alerting.message import Message
from rfm_assets.alerting.sending import ATTEMPTS, LONGEST_WAIT, SILENCE, send_by_mail, send_to_webhook
from rfm_assets.settings import Settings
from rfm_assets_tests.alerting.receivers import HOST, MailServer, Webhook, mail_server, make_certificate, webhook
from rfm_assets_tests.ui.server import free_port

MESSAGE = Message("refresh of 2011-12-09 failed", "refresh of 2011-12-09 failed\n<!channel> Müller & Co")
LOGIN = ("pipeline", "geheim")


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(sending, "LONGEST_WAIT", 0)


@pytest.fixture
def hook():
    with webhook() as found:
        yield found


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate"))


def settings_to(receiver: Webhook | MailServer, **chosen: object) -> Settings:
    if isinstance(receiver, Webhook):
        return Settings(alert_webhook=SecretStr(receiver.url), **chosen)
    defaults = {"smtp_host": HOST, "smtp_port": receiver.port, "alert_mail_to": "a@shop.example, b@shop.example"}
    return Settings(**{**defaults, "smtp_security": "none", **chosen})


def test_a_webhook_is_posted_the_text_in_which_nothing_is_a_command(hook):
    send_to_webhook(settings_to(hook), MESSAGE)
    assert hook.posts == [{"text": "refresh of 2011-12-09 failed\n&lt;!channel&gt; Müller &amp; Co"}]


def test_a_webhook_that_fails_is_tried_again(hook):
    hook.statuses = [503, 429]
    send_to_webhook(settings_to(hook), MESSAGE)
    assert (len(hook.posts), hook.tries) == (1, 3)


@pytest.mark.parametrize("statuses", [[], [404]])
def test_an_answer_without_end_keeps_nothing_waiting(hook, monkeypatch, statuses):
    monkeypatch.setattr(sending, "SILENCE", 2)
    hook.drips, hook.statuses = True, statuses
    with pytest.raises(AlertError, match="answered 404 Not Found o") if statuses else nullcontext():
        send_to_webhook(settings_to(hook), MESSAGE)
    assert hook.tries == 1


def test_a_receiver_that_stays_silent_is_given_up_before_dagster_gives_up_the_sensor():
    assert ATTEMPTS * SILENCE + (ATTEMPTS - 1) * LONGEST_WAIT < 60


def test_a_webhook_that_refuses_is_not_tried_again_and_its_answer_is_told_without_its_address(hook):
    hook.statuses = [404]
    with pytest.raises(AlertError) as caught:
        send_to_webhook(settings_to(hook), MESSAGE)
    assert str(caught.value) == (
        "the webhook at 127.0.0.1 answered 404 Not Found no_service at ***. It is RFM_ALERT_WEBHOOK"
    )
    assert hook.tries == 1


def test_an_address_on_the_edge_of_what_is_told_of_an_answer_is_not_told_in_part():
    with webhook("/services/" + "geheim" * 50) as hook:
        hook.statuses = [404]
        with pytest.raises(AlertError, match=r"404 Not Found no_service at \*\*\*\.") as caught:
            send_to_webhook(settings_to(hook), MESSAGE)
    assert "geheim" not in str(caught.value)


def test_a_webhook_that_is_not_there_is_an_error_without_its_address():
    settings = Settings(alert_webhook=SecretStr(f"http://{HOST}:{free_port()}/services/geheim"))
    with pytest.raises(AlertError, match=r"the webhook at 127\.0\.0\.1 cannot be reached") as caught:
        send_to_webhook(settings, MESSAGE)
    assert caught.value.__suppress_context__  # httpx's own error has the address
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("host", ["hooks..example.com", "hooks☃.example.com"])
def test_a_webhook_whose_host_can_be_none_is_an_error_without_its_address(host):
    with pytest.raises(AlertError, match=f"the webhook at {host} cannot be reached: ") as caught:
        send_to_webhook(Settings(alert_webhook=SecretStr(f"https://{host}/geheim")), MESSAGE)
    assert "geheim" not in str(caught.value)


def test_nothing_secret_is_logged(hook, caplog):
    caplog.set_level(logging.DEBUG)
    hook.statuses = [503]
    send_to_webhook(settings_to(hook), MESSAGE)
    assert "geheim" not in caplog.text
    assert "geheim" not in repr(settings_to(hook))


def test_a_mail_says_in_its_subject_what_happened():
    with mail_server() as server:
        send_by_mail(settings_to(server, alert_mail_from="rfm@shop.example"), MESSAGE)
    [letter] = server.letters
    assert (letter["Subject"], letter["From"]) == ("rfm_assets: refresh of 2011-12-09 failed", "rfm@shop.example")
    assert letter.get_content().splitlines() == MESSAGE.text.splitlines()
    assert server.recipients == [["a@shop.example", "b@shop.example"]]


def test_a_mail_goes_encrypted_and_with_a_login(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate, LOGIN) as server:
        settings = settings_to(server, smtp_security="starttls", smtp_user=LOGIN[0], smtp_password=SecretStr(LOGIN[1]))
        send_by_mail(settings, MESSAGE)
    assert server.encrypted == [True]


def test_a_wrong_password_is_an_error_that_does_not_show_it(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with mail_server(certificate, ("pipeline", "another")) as server:
        settings = settings_to(server, smtp_security="starttls", smtp_user=LOGIN[0], smtp_password=SecretStr(LOGIN[1]))
        with pytest.raises(AlertError, match=r"the mail server 127.0.0.1:\d+ answered 535") as caught:
            send_by_mail(settings, MESSAGE)
    assert "geheim" not in str(caught.value)
    assert server.letters == []


def test_a_mail_server_with_a_certificate_that_nobody_knows_is_sent_nothing(certificate):
    with mail_server(certificate) as server, pytest.raises(AlertError, match=r"is not trusted: .*SSL_CERT_FILE"):
        send_by_mail(settings_to(server, smtp_security="starttls"), MESSAGE)
    assert server.letters == []


def test_a_mail_server_that_is_encrypted_from_the_first_byte_has_to_be_known_too(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socketserver.TCPServer((HOST, 0), socketserver.BaseRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        settings = Settings(
            smtp_host=HOST, smtp_port=server.server_address[1], smtp_security="ssl", alert_mail_to="a@shop.example"
        )
        with pytest.raises(AlertError, match=r"is not trusted: .*SSL_CERT_FILE"):
            send_by_mail(settings, MESSAGE)
        server.shutdown()


def test_a_mail_server_without_encryption_is_an_error_when_encryption_is_asked_for():
    with mail_server() as server, pytest.raises(AlertError, match="RFM_SMTP_SECURITY is 'starttls'"):
        send_by_mail(settings_to(server, smtp_security="starttls"), MESSAGE)


def test_a_mail_server_that_says_later_is_tried_again():
    with mail_server() as server:
        server.answers = ["451 greylisted"]
        send_by_mail(settings_to(server), MESSAGE)
    assert len(server.letters) == 1


@pytest.mark.parametrize("farewell", ["421 too busy", "250 OK", "what?", "221 " + "Bye" * 3000])
def test_a_mail_that_was_taken_is_sent_whatever_the_server_says_afterwards(farewell):
    with mail_server() as server:
        server.farewell = farewell
        send_by_mail(settings_to(server), MESSAGE)
    assert len(server.letters) == 1


def test_addresses_that_are_all_to_come_again_later_are_tried_again():
    with mail_server() as server:
        server.later = ["450 greylisted", "451 greylisted"]
        send_by_mail(settings_to(server), MESSAGE)
    assert server.recipients == [["a@shop.example", "b@shop.example"]]


def test_one_wrong_address_keeps_no_mail_from_the_others(caplog):
    with mail_server() as server:
        server.refused = {"b@shop.example"}
        send_by_mail(settings_to(server), MESSAGE)
    assert server.recipients == [["a@shop.example"]]
    assert "not for all: b@shop.example (550 no such user)" in caplog.text


def test_a_mail_server_that_is_not_there_is_an_error_that_names_it():
    port = free_port()
    settings = Settings(smtp_host=HOST, smtp_port=port, smtp_security="none", alert_mail_to="a@shop.example")
    with pytest.raises(AlertError, match=f"the mail server 127.0.0.1:{port} cannot be reached"):
        send_by_mail(settings, MESSAGE)


def test_the_trial_sends_a_sample_by_every_way_and_says_so(hook, monkeypatch, capsys):
    with mail_server() as server:
        variables = {"ALERT_WEBHOOK": hook.url, "ALERT_MAIL_TO": "a@shop.example", "SMTP_HOST": HOST,
                     "SMTP_PORT": str(server.port), "SMTP_SECURITY": "none"}  # fmt: skip
        for name, value in variables.items():
            monkeypatch.setenv(f"RFM_{name}", value)
        assert trial.main() == 0
    assert capsys.readouterr().out == "sent: webhook\nsent: mail to a@shop.example\n"
    assert "somebody tries out" in hook.posts[0]["text"]
    assert len(server.letters) == 1


def test_the_trial_fails_when_nothing_is_set_or_nothing_arrives(hook, monkeypatch, capsys):
    assert trial.main() == 2
    hook.statuses = [403]
    monkeypatch.setenv("RFM_ALERT_WEBHOOK", hook.url)
    assert trial.main() == 1
    said = capsys.readouterr().err
    assert said.startswith("error: nobody would be told: set RFM_ALERT_WEBHOOK or RFM_ALERT_MAIL_TO\n")
    assert "answered 403 Forbidden" in said
    assert "geheim" not in said
