"""The distribution: the wheel holds every file of the product under `pragmatist`, nothing else, and works installed."""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pragmatist
import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"package": "pragmatist"} | {
    folder: f"pragmatist/{folder}" for folder in ("analysis", "reasoning", "codegen", "verification", "server")
}


def product_files(folder: str) -> list[Path]:
    """Every file below a folder of the product that is not left behind by running it."""
    return sorted(
        path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the sources, so that nothing an earlier build left can get in."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"],
        cwd=copy, capture_output=True, text=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = (copy / "dist").glob("*.whl")
    return wheel


def test_packages_are_all_listed():
    """pyproject.toml names each folder of modules once as a package and once with its place."""
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        ".".join([FOLDERS[folder].replace("/", "."), *path.parent.relative_to(ROOT / folder).parts]): str(
            path.parent.relative_to(ROOT)
        )
        for folder in FOLDERS
        for path in product_files(folder)
        if path.suffix == ".py"
    }

    assert setuptools["package-dir"] == folders
    assert sorted(setuptools["packages"]) == sorted(folders)


def test_every_folder_of_modules_is_a_package():
    """No module lies in a folder without `__init__.py`, where type checkers and wheels would miss it."""
    folders = {path.parent for folder in FOLDERS for path in product_files(folder) if path.suffix == ".py"}

    assert sorted(folder for folder in folders if not (folder / "__init__.py").is_file()) == []


def test_wheel_holds_every_file_and_no_other_name(wheel: Path):
    """Modules and data files of the product are all in the wheel, under the one top-level name `pragmatist`."""
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
        others = {name.split("/")[0] for name in archive.namelist()} - {"pragmatist"}
    expected = {
        f"{target}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, target in FOLDERS.items()
        for path in product_files(folder)
    }

    assert packed == expected
    assert others == {f"pragmatist-{pragmatist.__version__}.dist-info"}


def test_installed_wheel_runs(wheel: Path, tmp_path: Path):
    """In a new environment the wheel installs, and `pragmatist --version` runs from it and not from the sources."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python, command = environment / "bin/python", environment / "bin/pragmatist"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel],
        check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    # The dependencies come from this environment: a path file adds their folder but runs none of its path files,
    # so that the editable install there stays out.
    (site_packages,) = environment.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")

    place = subprocess.run(
        [python, "-c", "import pragmatist; print(pragmatist.__file__)"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    version = subprocess.run([command, "--version"], cwd=tmp_path, capture_output=True, text=True)

    assert Path(place.strip()).is_relative_to(site_packages)
    assert (version.returncode, version.stdout) == (0, f"pragmatist {pragmatist.__version__}\n")


def test_version_is_the_same_everywhere():
    """The metadata that pip shows and the package itself name one version."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]

    assert declared == pragmatist.__version__ == importlib.metadata.version("pragmatist")
