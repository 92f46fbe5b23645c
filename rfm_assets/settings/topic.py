"""What the settings of a topic have in common."""

from pydantic import BaseModel, ConfigDict


class Topic(BaseModel):
    """Settings that stand together on the page of settings, under the first line of their docstring."""

    model_config = ConfigDict(defer_build=True)  # only all topics together are ever filled
