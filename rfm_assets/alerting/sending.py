"""The ways that an alert goes, each tried more than once; what went wrong is said without addresses that are secret."""

from collections.abc import Callable
from dataclasses import dataclass

from rfm_assets.alerting.errors import PassingError
from rfm_assets.alerting.message import Message
from rfm_assets.settings import PREFIX, SECRETS, Settings

ATTEMPTS = 3
SILENCE = 8  # seconds until an attempt is given up: all of them end before Dagster gives a sensor up, after 60
LONGEST_WAIT = 4.0  # seconds between two attempts


@dataclass(frozen=True)
class Way:
    """A way that an alert goes: its sensor is `alert_<name>`, on when its setting is set."""

    name: str
    setting: str
    send: Callable[[Settings, Message], None]

    @property
    def variable(self) -> str:
        """The name of the setting, as people set it."""
        return f"{PREFIX}{self.setting.upper()}"

    def is_set(self, settings: Settings) -> bool:
        """Return whether somebody is told this way."""
        return bool(getattr(settings, self.setting))


def send_to_webhook(settings: Settings, message: Message) -> None:
    """Post the message to the webhook of the settings.

    Raises:
        AlertError: it was not taken.
    """
    from rfm_assets.alerting.webhook import post

    if settings.alert_webhook:
        address = settings.alert_webhook.get_secret_value()
        _retrying(lambda: post(address, message, SILENCE))


def send_by_mail(settings: Settings, message: Message) -> None:
    """Mail the message to the addresses of the settings.

    Raises:
        AlertError: it was not taken.
    """
    from rfm_assets.alerting.mail import mail

    if settings.alert_mail_to:
        _retrying(lambda: mail(settings, message, SILENCE))


WAYS = (Way("webhook", "alert_webhook", send_to_webhook), Way("mail", "alert_mail_to", send_by_mail))


def _retrying(attempt: Callable[[], None]) -> None:
    import tenacity

    tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT),
        retry=tenacity.retry_if_exception_type(PassingError),
        reraise=True,
    )(attempt)


def secrets_of(settings: Settings) -> list[str]:
    """Return the texts that must stand in no message."""
    return [secret.get_secret_value() for name in SECRETS if (secret := getattr(settings, name))]
