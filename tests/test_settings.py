import pytest

from webapp import settings


def test_defaults(tmp_path):
    values = settings.load({"FINALIZE_DATA": str(tmp_path)})
    assert values.database_url == f"sqlite:///{tmp_path}/finalize.sqlite"
    assert (values.secure_cookies, values.log_level) == (False, "info")


def test_the_secret_is_made_once_and_for_its_user_only(tmp_path):
    data = {"FINALIZE_DATA": str(tmp_path / "data")}
    first = settings.load(data).secret
    assert len(first) >= 48
    assert settings.load(data).secret == first
    assert (tmp_path / "data/secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]


def test_what_is_given_counts(tmp_path):
    values = settings.load(
        {
            "DATABASE_URL": "postgresql://clerk:hidden@db/finalize",
            "FINALIZE_DATA": str(tmp_path),
            "FINALIZE_SECRET": "s" * 40,
            "FINALIZE_SECURE_COOKIES": "1",
            "FINALIZE_LOG_LEVEL": "WARNING",
            "FINALIZE_SMTP_URL": "smtps://me:hidden@mail.example:465",
            "FINALIZE_MAIL_FROM": "invoices@company.example",
        }
    )
    assert (values.secret, values.secure_cookies, values.log_level) == ("s" * 40, True, "warning")
    assert (values.smtp_url[:8], values.mail_from) == ("smtps://", "invoices@company.example")
    assert "hidden" not in repr(values)
    assert "sss" not in repr(values)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"FINALIZE_SECRET": "short"},
        {"FINALIZE_SECURE_COOKIES": "maybe"},
        {"FINALIZE_LOG_LEVEL": "loud"},
        {"FINALIZE_SMTP_URL": "mail.example:25"},
        {"FINALIZE_SMTP_URL": "smtp://"},
        {"FINALIZE_SMTP_URL": "smtp://mail.example:port"},
        {"FINALIZE_MAIL_FROM": "nobody"},
    ],
)
def test_what_cannot_be_is_refused(tmp_path, wrong):
    with pytest.raises(settings.SettingsError, match=next(iter(wrong))):
        settings.load({"FINALIZE_DATA": str(tmp_path), **wrong})


def test_who_works_on_batches(tmp_path):
    data = {"FINALIZE_DATA": str(tmp_path)}
    assert settings.load(data).worker == "in-server"
    assert settings.load({**data, "FINALIZE_WORKER": "Separate"}).worker == "separate"
    with pytest.raises(settings.SettingsError, match="FINALIZE_WORKER"):
        settings.load({**data, "FINALIZE_WORKER": "nobody"})
