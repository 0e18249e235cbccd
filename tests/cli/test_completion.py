"""What shells are told, and what bash makes of it."""

import shutil
import subprocess

import pytest

from xpsae.cli.entry import parser

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_flag_is_told(run, shell):
    script = run("completion", shell).out
    commands = next(action.choices for action in parser()._actions if isinstance(action.choices, dict))
    for name, command in commands.items():
        assert name in script
        for action in command._actions:
            for flag in action.option_strings:
                assert (f"-l {flag[2:]}" if shell == "fish" and flag[1] == "-" else flag.lstrip("-")) in script


@pytest.mark.parametrize("shell", SHELLS)
def test_scripts_are_of_their_shell_s_grammar(run, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    check = [shell, "--no-execute"] if shell == "fish" else [shell, "-n"]
    done = subprocess.run(check, input=run("completion", shell).out, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["re"], {"reconstruct", "report"}),
        (["--v"], {"--version"}),
        (["fit", "--sparsity"], {"--sparsity-target", "--sparsity-weight"}),
        (["fit", "data.npy", "--decoder", ""], {"sigmoid", "linear"}),
        (["--traceback", "report", "--as", "b"], {"bars"}),
        (["completion", "z"], {"zsh"}),
        (["demo", "dig"], {"digits"}),
        (["fit", "--hidden", ""], set()),
        (["encode", "mod"], set()),
    ],
)
def test_bash_offers_what_fits(run, words, offered):
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    listed = " ".join(f"'{word}'" for word in ["xpsae", *words])
    script = run("completion", "bash").out + (
        f"COMP_WORDS=({listed}); COMP_CWORD={len(words)}; _xpsae; printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    )
    done = subprocess.run(["bash"], input=script, text=True, capture_output=True, check=True)
    assert set(done.stdout.split()) == offered
    assert done.stderr == ""
