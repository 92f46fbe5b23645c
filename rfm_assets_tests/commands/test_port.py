"""`make dev` says at once that its port is taken."""

import socket

import pytest

from rfm_assets.commands.port import main


def test_a_port_that_nobody_has_is_one_for_the_ui_and_stays_free():
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    assert [main([str(free)]), main([str(free)])] == [0, 0]


def test_a_port_that_is_taken_is_told_with_what_to_do(capsys):
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert main([str(taken)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: nothing can listen on port {taken}: ")
    assert "`make dev PORT=...` takes another port" in said


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_number_that_is_no_port_is_told(port, capsys):
    assert main(["--", port]) == 2
    assert "port must be 0-65535" in capsys.readouterr().err
