"""Charts: versions, forks, ownership, and what each caller may do."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from apps.portal.models import Chart, ChartVersion

pytestmark = pytest.mark.django_db(databases="__all__")

TEXT = "[widget]\n  type = chart\n  title = Pump flow\n"


@pytest.fixture
def editor() -> User:
    user = User.objects.create_user("ada", password="a long enough secret")
    user.groups.add(Group.objects.get(name="editors"))
    return user


@pytest.fixture
def page(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def save(client: Client, address: str = "/lab/", **fields: str):
    return client.post(address, {"config": TEXT, **fields})


def test_a_new_chart_takes_its_title_from_the_text_and_gets_a_short_address(page, editor):
    answer = save(page).json()
    chart = Chart.objects.get(key=answer["key"])
    assert (chart.title, chart.owner, chart.head) == ("Pump flow", editor, 1)
    assert answer["url"] == f"/lab/{chart.key}/1/"
    assert len(chart.key) == 8
    assert page.get(answer["url"]).status_code == 200


def test_each_save_is_the_next_version_and_old_ones_stay(page):
    first = save(page).json()
    second = save(page, f"/lab/{first['key']}/", config=TEXT + "# more\n").json()
    assert second["url"] == f"/lab/{first['key']}/2/"
    assert "# more" in page.get(f"/lab/{first['key']}/").content.decode()
    assert "# more" not in page.get(first["url"]).content.decode()


def test_saving_the_same_text_again_adds_no_version(page):
    first = save(page).json()
    assert save(page, f"/lab/{first['key']}/").json()["version"] == 1
    assert ChartVersion.objects.count() == 1


def test_windows_line_ends_do_not_shift_the_places_of_diagnostics(page):
    save(page, config=TEXT.replace("\n", "\r\n"))
    assert ChartVersion.objects.get().config == TEXT


def test_what_belongs_to_a_user_is_hers_unless_shared(page):
    key = save(page).json()["key"]
    guest = Client()
    assert guest.get(f"/lab/{key}/").status_code == 404
    page.post(f"/lab/{key}/share/", {"shared": "1"})
    assert guest.get(f"/lab/{key}/").status_code == 200
    page.post(f"/lab/{key}/share/", {"shared": "0"})
    assert guest.get(f"/lab/{key}/1/").status_code == 404


def test_saving_somebody_elses_chart_makes_a_fork(page):
    key = save(page).json()["key"]
    page.post(f"/lab/{key}/share/", {"shared": "1"})
    other = User.objects.create_user("bob", password="another long secret")
    other.groups.add(Group.objects.get(name="editors"))
    client = Client()
    client.force_login(other)
    fork = save(client, f"/lab/{key}/", config=TEXT + "# bob\n", base="1").json()
    assert fork["key"] != key
    chart = Chart.objects.get(key=fork["key"])
    assert chart.owner == other
    assert chart.forked_from.chart.key == key
    assert Chart.objects.get(key=key).head == 1


def test_a_fork_of_a_private_chart_does_not_name_it_to_others(page):
    key = save(page).json()["key"]
    fork = save(page, f"/lab/{key}/", fork="1").json()["key"]
    page.post(f"/lab/{fork}/share/", {"shared": "1"})
    assert f"/lab/{key}/" in page.get(f"/lab/{fork}/").content.decode()
    assert f"/lab/{key}/" not in Client().get(f"/lab/{fork}/").content.decode()


def test_who_is_not_signed_in_may_look_but_not_save(settings):
    settings.TSWEB_ANONYMOUS = "read"
    guest = Client()
    assert guest.get("/lab/").status_code == 200
    assert save(guest).status_code == 401


def test_anonymous_none_sends_to_the_sign_in_page_and_back(settings):
    settings.TSWEB_ANONYMOUS = "none"
    answer = Client().get("/lab/?metric=a")
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/lab/%3Fmetric%3Da"


def test_anonymous_write_saves_charts_that_are_everybodys(settings):
    settings.TSWEB_ANONYMOUS = "write"
    key = save(Client()).json()["key"]
    assert Client().get(f"/lab/{key}/").status_code == 200
    assert save(Client(), f"/lab/{key}/", config=TEXT + "#\n").json()["version"] == 2


def test_a_reader_gets_403_and_an_account_without_any_right_sees_nothing():
    reader = User.objects.create_user("rae", password="one more long secret")
    client = Client()
    client.force_login(reader)
    assert client.get("/").status_code == 403
    reader.groups.add(Group.objects.get(name="readers"))
    assert client.get("/").status_code == 200
    assert save(client).status_code == 403


@pytest.mark.parametrize("text", ["", "   \n", "a\0b"])
def test_texts_that_cannot_be_saved_are_refused_with_a_reason(page, text):
    answer = save(page, config=text)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_text_over_the_limit_is_refused(page, settings):
    settings.TSWEB_MAX_CONFIG_BYTES = 2048
    assert save(page, config="é" * 1500).status_code == 400


def test_saving_needs_a_csrf_token(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert save(client).status_code == 403


def test_version_numbers_that_do_not_exist_are_404(page):
    key = save(page).json()["key"]
    assert page.get(f"/lab/{key}/2/").status_code == 404
    assert page.get(f"/lab/{key}/{10**18}/").status_code == 404
    assert page.get(f"/lab/{key}/{10**30}/").status_code == 404
