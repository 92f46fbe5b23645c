"""The snippet prints what the question's SELECT gives, and says in one line what is wrong."""

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from rfm_assets_tests.examples.test_questions import QUESTIONS
from rfm_assets_tests.ui.server import ROOT, clean_environment


def read(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the snippet as a person does, in a folder that is not the project's."""
    return subprocess.run(
        [sys.executable, ROOT / "examples" / "read.py", *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_prints_the_answer(rare, tmp_path):
    done = read(QUESTIONS["left_champions"], "--published", rare, "--rows", "1000", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    with duckdb.connect(str(rare), read_only=True) as connection:
        expected = connection.execute(QUESTIONS["left_champions"].read_text(encoding="utf-8")).fetchall()
    table = [re.split(r" *[│┆] *", line)[1:-1] for line in done.stdout.splitlines() if line.startswith("│")]
    assert table[0][:2] == ["customer_id", "since_snapshot_on"]
    assert table[1:] == [["null" if value is None else str(value) for value in row] for row in expected]
    assert len(expected) > 3


def test_long_texts_are_printed_to_their_end_and_a_reader_may_leave_before(tmp_path):
    text = " ".join(f"word{number}" for number in range(200))
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table a as select $text as long from range(2000)", {"text": text})
    (tmp_path / "a.sql").write_text("select * from a")
    done = read("a.sql", "--published", "a.duckdb", "--rows", "1", folder=tmp_path)
    assert re.findall(r"word\d+", done.stdout) == text.split()
    command = [sys.executable, ROOT / "examples" / "read.py", "a.sql", "--published", "a.duckdb", "--rows", "2000"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("wrong", ["no_such_question.sql", "no_such_file.duckdb"])
def test_what_is_not_there_is_one_line_that_names_it(rare, tmp_path, wrong):
    question, file = (wrong, rare) if wrong.endswith("sql") else (QUESTIONS["win_back"], wrong)
    done = read(question, "--published", file, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert wrong in done.stderr
    assert len(done.stderr.splitlines()) == 1
