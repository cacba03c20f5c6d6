from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from tools.build_plugin import ROOT, build_plugin, list_files

_TOP = {"plugin.json", "LICENSE", "python-lib", "python-runnables", "parameter-sets", "code-env", "resource"}


def test_archive_holds_what_dss_reads_and_nothing_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(build_plugin(tmp_path / "a.zip")) as archive:
        names = archive.namelist()
        descriptor = json.loads(archive.read("plugin.json"))
    assert descriptor["id"] == "dataiku-iac"
    assert {name.partition("/")[0] for name in names} == _TOP
    assert {name.split("/")[1] for name in names if name.startswith("python-lib/")} == {"dataiku_iac"}
    for wanted in (
        "python-lib/dataiku_iac/report/templates/plan.html",
        "python-runnables/apply/runnable.py",
        "code-env/python/spec/requirements.txt",
        "resource/choices.py",
    ):
        assert wanted in names
    assert not [name for name in names if "__pycache__" in name or "emulator" in name or "tests" in name]


def test_archive_is_the_same_whenever_and_wherever_it_is_built(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for path in list_files():
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, copy / path)
        os.utime(copy / path, (1, 1))
    first, second = build_plugin(tmp_path / "a.zip"), build_plugin(tmp_path / "b.zip", root=copy)
    assert first.read_bytes() == second.read_bytes()


def test_leftovers_stay_out(tmp_path: Path) -> None:
    for path in ("plugin.json", "LICENSE", "resource/x.py", "resource/__pycache__/x.pyc", "resource/.DS_Store"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("{}")
    (tmp_path / "resource/secret").symlink_to("/etc/hostname")
    assert [path.as_posix() for path in list_files(tmp_path)] == ["LICENSE", "plugin.json", "resource/x.py"]


def test_descriptor_that_is_no_strict_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plugin.json").write_text('{"version": "1"}')
    (tmp_path / "LICENSE").write_text("")
    (tmp_path / "resource").mkdir()
    (tmp_path / "resource/x.json").write_text('{"a": 1,} // comment')
    with pytest.raises(ValueError, match=r"Illegal trailing comma|Expecting property name"):
        build_plugin(tmp_path / "a.zip", root=tmp_path)
