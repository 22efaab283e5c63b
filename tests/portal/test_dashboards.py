"""Dashboards made by people, drafts, deleting with the name typed, the gallery and comparing."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from apps.portal import services
from apps.portal.bundled import load_examples
from apps.portal.keys import PLACE_LENGTH
from apps.portal.models import Chart, Dashboard, Draft

pytestmark = pytest.mark.django_db(databases="__all__")

TEXT = "[widget]\n  type = chart\n  title = Pump flow\n"


def editor(name: str) -> Client:
    user = User.objects.create_user(name, password="a long enough secret")
    user.groups.add(Group.objects.get(name="editors"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def page() -> Client:
    return editor("ada")


@pytest.fixture
def key(page: Client) -> str:
    return page.post("/lab/", {"config": TEXT}).json()["key"]


def test_a_chart_is_put_on_a_new_dashboard_and_once_only(page, key):
    made = page.post("/dashboards-place/", {"chart": key, "title": "Pumps & valves"}).json()
    assert made["url"] == "/dashboards/pumps-valves/"
    page.post("/dashboards-place/", {"chart": key, "dashboard": "pumps-valves"})
    assert Dashboard.objects.get().places.count() == 1
    assert "Pump flow" in page.get(made["url"]).content.decode()


def test_titles_that_make_the_same_address_get_addresses_of_their_own(page):
    urls = {
        page.post("/dashboards/", {"title": title})["Location"] for title in ("Pumps", "pumps!", "漢字", "")
    }
    assert len(urls) == 4
    for url in urls:
        assert page.get(url).status_code == 200


def test_renaming_keeps_the_address_and_sharing_opens_it(page, key):
    page.post("/dashboards/", {"title": "Pumps"})
    guest = Client()
    assert guest.get("/dashboards/pumps/").status_code == 404
    page.post("/dashboards/pumps/edit/", {"title": "All pumps", "summary": "s", "shared": "1"})
    assert "All pumps" in guest.get("/dashboards/pumps/").content.decode()


def test_charts_are_moved_and_taken_off(page, key):
    other = page.post("/lab/", {"config": TEXT.replace("Pump", "Valve")}).json()["key"]
    page.post("/dashboards/", {"title": "Pumps"})
    for one in (key, other):
        page.post("/dashboards-place/", {"chart": one, "dashboard": "pumps"})

    def order() -> list[str]:
        return [place.chart.key for place in Dashboard.objects.get().places.all()]

    page.post("/dashboards/pumps/arrange/", {"chart": other, "do": "up"})
    assert order() == [other, key]
    page.post("/dashboards/pumps/arrange/", {"chart": "no-such", "do": "down"})
    page.post("/dashboards/pumps/arrange/", {"chart": other, "do": "remove"})
    assert order() == [key]
    assert Chart.objects.count() == 2


def test_deleting_needs_the_name_typed(page, key):
    page.post("/dashboards/", {"title": "Pumps"})
    page.post("/dashboards/pumps/delete/", {"name": "pump"})
    assert Dashboard.objects.exists()
    page.post("/dashboards/pumps/delete/", {"name": "Pumps"})
    assert not Dashboard.objects.exists()
    page.post(f"/lab/{key}/delete/", {"name": ""})
    assert Chart.objects.exists()
    page.post(f"/lab/{key}/delete/", {"name": "Pump flow"})
    assert not Chart.objects.exists()


def test_what_is_somebody_elses_or_bundled_is_not_changed(page, key):
    load_examples()
    page.post("/dashboards/", {"title": "Pumps"})
    page.post("/dashboards/pumps/edit/", {"title": "Pumps", "shared": "1"})
    other = editor("bob")
    for slug in ("pumps", "outage-tickets"):
        for action in ("edit", "arrange", "delete"):
            answer = other.post(f"/dashboards/{slug}/{action}/", {"name": "Pumps", "title": "x"})
            assert answer.status_code == 403, (slug, action)
    page.post(f"/lab/{key}/share/", {"shared": "1"})
    assert other.post(f"/lab/{key}/delete/", {"name": "Pump flow"}).status_code == 403
    assert other.post("/dashboards-place/", {"chart": key, "dashboard": "pumps"}).status_code == 403


def test_drafts_are_each_persons_own_and_go_when_saved(page, key):
    page.post("/lab/draft/", {"place": key, "config": TEXT + "# half", "title": "t"})
    assert "# half" in page.get(f"/lab/{key}/").content.decode()
    page.post(f"/lab/{key}/share/", {"shared": "1"})
    assert "# half" not in editor("bob").get(f"/lab/{key}/").content.decode()
    page.post(f"/lab/{key}/", {"config": TEXT + "# whole"})
    assert not Draft.objects.exists()
    page.post("/lab/draft/", {"place": "", "config": "new"})
    assert Draft.objects.get().place == ""
    page.post("/lab/draft/", {"place": "", "config": ""})
    assert not Draft.objects.exists()


def test_each_way_to_begin_a_chart_has_a_draft_of_its_own(page, key):
    forked = f"/lab/?from={key}/1"
    for address in ("/lab/", forked, f"{forked}&now=2024-01-01T00:00:00Z", "/lab/?metric=flow"):
        place = page.get(address).context["place"]
        page.post("/lab/draft/", {"place": place, "config": f"# typed at {address}"})
    assert Draft.objects.count() == 3
    assert page.get(forked).context["draft"].config == f"# typed at {forked}&now=2024-01-01T00:00:00Z"
    assert page.get("/lab/").context["draft"].config == "# typed at /lab/"
    place = page.get(forked).context["place"]
    page.post("/lab/", {"config": TEXT, "from": f"{key}/1", "place": place})
    assert sorted(Draft.objects.values_list("place", flat=True)) == ["", "?metric=flow"]


def test_a_long_query_and_an_odd_place_are_bounded(page, key):
    long = page.get("/lab/", {"metric": "m" * 5000}).context["place"]
    assert len(long) <= PLACE_LENGTH
    assert page.post("/lab/draft/", {"place": long, "config": "x"}).status_code == 200
    assert page.post("/lab/draft/", {"place": "?\0" + "y" * 5000, "config": "x"}).status_code == 200
    assert page.post("/lab/draft/", {"place": "a\0b", "config": "x"}).status_code == 404


def test_the_oldest_drafts_go_when_there_are_many(page, key, monkeypatch):
    monkeypatch.setattr(services, "MOST_DRAFTS", 3)
    for number in range(5):
        page.post("/lab/draft/", {"place": f"?metric=m{number}", "config": "x"})
    assert sorted(Draft.objects.values_list("place", flat=True)) == ["?metric=m2", "?metric=m3", "?metric=m4"]


def test_drafts_of_charts_that_are_not_seen_are_refused(page, key, settings):
    assert editor("bob").post("/lab/draft/", {"place": key, "config": "x"}).status_code == 404
    settings.TSWEB_ANONYMOUS = "write"
    assert Client().post("/lab/draft/", {"config": "x"}).status_code == 401


def test_the_gallery_opens_as_a_fork(page, settings):
    settings.TSWEB_ANONYMOUS = "read"
    assert "gallery is empty" in Client().get("/lab/gallery/").content.decode()
    load_examples()
    chart = Chart.objects.get(example="outage-tickets")
    assert f"/lab/?from={chart.key}/1" in Client().get("/lab/gallery/?q=outage").content.decode()
    shown = page.get(f"/lab/?from={chart.key}/1").content.decode()
    assert "outage-tickets" in shown
    fork = page.post("/lab/", {"config": TEXT, "from": f"{chart.key}/1"}).json()["key"]
    assert Chart.objects.get(key=fork).forked_from.chart == chart
    assert page.get("/lab/?from=nothing/1").status_code == 404
    assert page.get("/lab/?from=\0/9").status_code == 404


def test_versions_are_compared_by_those_who_see_both(page, key):
    page.post(f"/lab/{key}/", {"config": TEXT.replace("flow", "<b>rate</b>")})
    address = f"/lab/compare/?left={key}/1&right={key}/2"
    shown = page.get(address).content.decode()
    assert "<del>flow</del>" in shown
    assert "<b>rate" not in shown
    assert editor("bob").get(address).status_code == 404
    assert page.get(f"/lab/compare/?left={key}/1&right={key}/9").status_code == 404


def test_the_text_comes_back_as_it_was_saved(page, key):
    answer = page.get(f"/lab/{key}/1/text/")
    assert answer.content.decode() == TEXT
    assert answer["Content-Disposition"] == 'attachment; filename="pump-flow.ls"'
    assert answer["Content-Type"] == "text/plain; charset=utf-8"


def test_own_charts_are_listed_and_searched(page, key):
    assert "Pump flow" in page.get("/charts/?q=pump").content.decode()
    assert "Nothing matches" in page.get("/charts/?q=valve").content.decode()
    assert "Pump flow" not in editor("bob").get("/charts/").content.decode()


@pytest.mark.parametrize("path", ["formulas", "aggregators", "data-model", "settings"])
def test_reference_pages(page, path):
    assert page.get(f"/reference/{path}/").status_code == 200
