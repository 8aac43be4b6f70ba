import ast
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# `solverlearner/` in the wheel is these folders of the checkout.
FOLDERS = {"solverlearner": "solverlearner", "tasks": "solverlearner/tasks", "prompts": "solverlearner/prompts"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = "import hatchling.build as b, sys; print(b.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(folder)], cwd=ROOT, check=True, capture_output=True)
    (file,) = folder.glob("*.whl")
    return file


def test_the_wheel_holds_every_file_under_one_name(wheel):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *FOLDERS], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("no git checkout")
    wanted = set()
    for name in listed.stdout.split("\n"):
        top, _, rest = name.partition("/")
        if rest and (ROOT / name).is_file():
            wanted.add(f"{FOLDERS[top]}/{rest}")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == wanted


def test_the_installed_wheel_runs_from_another_folder(wheel, tmp_path):
    # The dependencies are those of this environment; only the project itself is installed anew.
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    zipfile.ZipFile(wheel).extractall(purelib)
    here = [path for path in sys.path if path.endswith("site-packages")]
    (Path(purelib) / "dependencies.pth").write_text("\n".join(here) + "\n")
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [python, "-P", "-m", "solverlearner", "run", "model=scripted", "episodes=1", "queries=2"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "solverlearner 100 % " in done.stdout
    where = [
        python,
        "-P",
        "-c",
        "import solverlearner, solverlearner.tasks as t; print(solverlearner.__file__, t.__file__)",
    ]
    places = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, env=env, check=True).stdout
    assert str(ROOT) not in places


def test_importing_it_is_light():
    heavy = "{'openai', 'pandas', 'hydra', 'omegaconf', 'numpy', 'xllamacpp'}"
    modules = "solverlearner, solverlearner.evaluation.loop, solverlearner.evaluation.instantiate, "
    modules += "solverlearner.models.llamacpp, solverlearner.__main__"
    code = f"import sys, {modules}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


_OF_REAL_FUNCTIONS = ("boxed_arguments.py", "boxed_literal.py", "case2code.py", "real_function.py")


def imported(file):
    """The absolute names that a module imports; its neighbours, which it names relatively, are left out."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


@pytest.mark.parametrize("file", sorted((ROOT / "tasks").glob("*.py")), ids=lambda file: file.name)
def test_tasks_import_the_task_contract_and_the_standard_library_only(file):
    foreign = {name for name in imported(file) if name.split(".")[0] not in sys.stdlib_module_names}
    # real functions, their cases and values are a format of files, which tasks share with what writes such files
    data = {f"solverlearner.case2code.{name}" for name in ("cases", "literals", "signature", "triples", "values")}
    assert foreign <= {"solverlearner.task"} | (data if file.name in _OF_REAL_FUNCTIONS else set())
