"""Where results are kept, and the name that changes with the code behind them."""

from __future__ import annotations

import pytest

from lrcourse import _kept


def test_the_digest_follows_imports_and_nothing_else(tmp_path, monkeypatch):
    package = tmp_path / "lrcourse_copy"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "used.py").write_text("rate = 1\n")
    (package / "deep.py").write_text("from lrcourse_copy import used\n")
    (package / "trial.py").write_text("import lrcourse_copy.deep\n")
    (package / "unused.py").write_text("rate = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(_kept, "PACKAGE", "lrcourse_copy")

    def digest():
        _kept.code_digest.cache_clear()
        return _kept.code_digest("lrcourse_copy.trial")

    before = digest()
    (package / "unused.py").write_text("rate = 2\n")
    assert digest() == before
    (package / "used.py").write_text("rate = 2\n")
    assert digest() != before
    _kept.code_digest.cache_clear()


def test_a_missing_module_is_named():
    with pytest.raises(ModuleNotFoundError, match=r"got 'lrcourse\.nothing'"):
        _kept.code_digest("lrcourse.nothing")


def test_without_a_setting_tables_go_to_the_users_cache(monkeypatch):
    monkeypatch.delenv("LRCOURSE_CACHE", raising=False)
    assert _kept.directory().parts[-2:] == ("lrcourse", "trials")
