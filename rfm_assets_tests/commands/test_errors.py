"""How a command ends that could not do what was asked for."""

from rfm_assets.commands.errors import RunError, guarded


def test_what_a_person_has_to_mend_is_one_line_with_every_letter_of_it(capsys):
    def refuse(_):
        raise RunError("there is no folder /data/[shop]")

    assert guarded(refuse) == 2
    assert capsys.readouterr().err == "error: there is no folder /data/[shop]\n"


def test_a_command_that_is_interrupted_says_so_and_ends_as_a_shell_has_it(capsys):
    def stop(_):
        raise KeyboardInterrupt

    assert guarded(stop) == 130
    assert capsys.readouterr().err == "interrupted\n"
