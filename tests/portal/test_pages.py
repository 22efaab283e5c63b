"""Pages: what they show, what they escape, and their empty states."""

from __future__ import annotations

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.dialects.kairos.aggregators import AGGREGATORS
from apps.dialects.kairos.features import GROUPERS
from apps.portal.bundled import EXAMPLES, load_examples
from apps.portal.models import Chart, Dashboard
from apps.portal.sparklines import sparkline
from apps.portal.starters import starter_text
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture
def guest(settings) -> Client:
    settings.TSWEB_ANONYMOUS = "read"
    return Client()


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_an_empty_installation_says_how_to_fill_it(guest):
    assert "manage.py load_examples" in text_of(guest, "/")
    assert "manage.py load_examples" in text_of(guest, "/explore/")


def test_examples_load_once_and_again_without_change():
    first = load_examples(if_empty=True)
    assert first.dashboards == len(EXAMPLES)
    assert load_examples(if_empty=True).dashboards == 0
    load_examples()
    assert Dashboard.objects.count() == Chart.objects.count() == len(EXAMPLES)
    assert set(Chart.objects.values_list("head", flat=True)) == {1}


def test_examples_leave_a_store_with_other_series_alone():
    insert_series([(SeriesKey.of("m", "e"), Samples.of([1], [1.0]))])
    assert load_examples(if_empty=True).dashboards == 0
    assert not Dashboard.objects.exists()


def test_an_outdated_example_becomes_the_next_version():
    load_examples()
    chart = Chart.objects.get(example="outage-tickets")
    chart.versions.update(config="old")
    load_examples()
    chart.refresh_from_db()
    assert chart.head == 2
    assert [one.config == "old" for one in chart.versions.all()] == [False, True]


def test_portal_and_dashboards_show_the_examples(guest):
    load_examples()
    portal = text_of(guest, "/")
    for example in EXAMPLES:
        assert example.title in portal
        assert example.title in text_of(guest, f"/dashboards/{example.slug}/")
    assert guest.get("/dashboards/nothing/").status_code == 404


def test_explore_lists_searches_filters_and_pages(guest):
    keys = [SeriesKey.of("pump.flow", f"plant-{n:02d}", {"site": f"s{n % 3}"}) for n in range(45)]
    insert_series([(key, Samples.of([10**18, 2 * 10**18], [1.0, 2.5])) for key in keys])
    assert "45 series" in text_of(guest, "/explore/")
    assert "Page 3 of 3" in text_of(guest, "/explore/?page=99")
    assert "1 series" in text_of(guest, "/explore/?q=plant-07")
    assert "15 series" in text_of(guest, "/explore/?q=s1")
    assert "1 series" in text_of(guest, "/explore/?entity=plant-03")
    assert "Nothing matches" in text_of(guest, "/explore/?q=zzz")
    assert "pump.flow" in text_of(guest, "/explore/?show=metrics")
    assert "45 entities" in text_of(guest, "/explore/?show=entities&sort=series")


@pytest.mark.parametrize(
    "query", ["show=x", "page=-1", "page=abc", "sort=drop", "q=%00", "q=%25", f"q={'x' * 5000}"]
)
def test_explore_bears_odd_parameters(guest, query):
    load_examples()
    text_of(guest, f"/explore/?{query}")


def test_search_finds_everything_that_has_a_name(guest):
    load_examples()
    found = text_of(guest, "/search/?q=outage")
    assert "Outage tickets: three notations, one answer" in found
    assert "/explore/?metric=outage-tickets" in found
    assert "/reference/#rate" in text_of(guest, "/search/?q=rate")
    assert "Nothing is named like that" in text_of(guest, "/search/?q=zzzz")


def test_the_reference_documents_every_aggregator_that_kairosdb_clients_may_name(guest):
    text = text_of(guest, "/reference/kairosdb/")
    for name in set(AGGREGATORS) | {f"group-by-{one.name}" for one in GROUPERS}:
        assert f'<tr id="{name}">' in text
    assert text.count("align_start_time") == 1
    assert text.count("allocate_array") == 1


def test_the_reference_documents_every_registered_function(guest):
    text = text_of(guest, "/reference/")
    for name in ("rate", "aggregate", "interpolate", "percentile"):
        assert f'id="{name}"' in text
    assert "replace-value" in text_of(guest, "/reference/settings/")


def test_the_editor_knows_settings_and_formulas(guest):
    words = guest.get("/reference/words.json").json()
    rate = next(one for one in words["settings"] if one["name"] == "rate")
    assert rate["help"]
    axis = next(one for one in words["settings"] if one["name"] == "axis")
    assert "right" in axis["values"]
    assert words["sections"].keys() == words["depths"].keys()
    assert {"now", "current_day", "previous_month"} <= set(words["dates"])
    assert {"name": "previous", "call": "previous('a', 1)"}.items() <= next(
        one for one in words["functions"] if one["name"] == "previous"
    ).items()


def test_hostile_titles_and_texts_are_escaped_everywhere(guest):
    user = User.objects.create_user(HOSTILE[:20], password="x")
    chart = Chart.objects.create(title=HOSTILE, owner=user, shared=True, head=1)
    chart.versions.create(number=1, config=HOSTILE, author=user)
    dashboard = Dashboard.objects.create(title=HOSTILE, summary=HOSTILE, slug="h", shared=True)
    dashboard.places.create(chart=chart)
    insert_series([(SeriesKey.of("m", HOSTILE, {"t": HOSTILE}), Samples.of([1], [1.0]))])
    addresses = ["/", "/dashboards/h/", f"/lab/{chart.key}/", "/explore/", "/search/?q=script"]
    for address in [*addresses, "/explore/?show=entities", "/search/?q=" + "<script>alert(1)"]:
        text = text_of(guest, address)
        assert "<script>alert" not in text, address
        assert "<img" not in text, address


def test_pages_carry_a_strict_policy_and_no_inline_scripts(guest):
    load_examples()
    for address in ("/", "/lab/", "/dashboards/outage-tickets/", "/explore/", "/sign-in/"):
        answer = guest.get(address)
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-eval" not in policy
        scripts = answer.content.decode().split("<script")[1:]
        assert all(script.lstrip().startswith("src=") for script in scripts)


def test_missing_pages_have_a_page(guest):
    answer = guest.get("/nothing/here/")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_signing_in_and_out_and_never_off_to_another_site():
    User.objects.create_superuser("root", password="a long enough secret")
    client = Client()
    wrong = client.post("/sign-in/", {"username": "root", "password": "no"})
    assert "correct" in wrong.content.decode()
    form = {"username": "root", "password": "a long enough secret", "next": "https://example.org/"}
    assert client.post("/sign-in/", form)["Location"] == "/"
    assert "Sign out" in text_of(client, "/")
    assert client.post("/sign-out/")["Location"] == "/"
    assert "Sign in" in text_of(client, "/sign-in/")


def test_plotly_comes_from_the_installed_package():
    assert finders.find("vendor/plotly/plotly.min.js").endswith("package_data/plotly.min.js")
    assert not finders.find("vendor/plotly/datasets/iris.csv.gz")


def test_a_new_chart_may_start_from_a_series():
    text = starter_text({"metric": "a b\n[x]", "entity": "e", "tag.b=c": "1,2", "tag.dc": "07"})
    assert "metric = a b [x]\n" in text
    assert "dc = 07\n" in text
    assert '"b\\=c" = 1\\,2\n' in text


def test_sparklines_have_gaps_and_bear_degenerate_values():
    times = np.arange(4, dtype=np.int64)
    assert sparkline(times, np.array([1.0, 2.0, np.nan, 3.0])).count("M") == 2
    assert sparkline(times[:1], np.array([1.0])) == ""
    assert "nan" not in sparkline(times, np.array([5.0, 5.0, 5.0, np.inf]))
    assert "nan" not in sparkline(times, np.array([-1.7e308, 1.7e308, 0.0, 0.0]))


def test_a_search_that_finds_more_than_is_paged_through_says_so(guest, monkeypatch):
    monkeypatch.setattr("apps.portal.inventory.COUNTED", 25)
    monkeypatch.setattr("apps.portal.inventory.SORTED", 5)
    keys = [SeriesKey.of(f"m{number % 3}", f"host-{number:02}", {}) for number in range(60)]
    insert_series([(key, Samples.of([1], [1.0])) for key in keys])
    text = text_of(guest, "/explore/?q=host")
    assert "more than 25 series" in text
    assert "filter to find the others" in text
    assert "Page 2 of 2" in text_of(guest, "/explore/?q=host&page=9")
    assert "host-00" in text_of(guest, "/explore/")
    assert "sort=series" not in text_of(guest, "/explore/?show=metrics")


def test_a_metric_and_an_entity_have_pages_of_their_own(guest):
    load_examples()
    text = text_of(guest, "/explore/metric/?name=outage-tickets")
    assert "hetzner" in text
    assert "M2" in text
    assert "Nothing matches" in text_of(guest, "/explore/entity/?name=hetzner&q=zzz")
    assert guest.get("/explore/metric/?name=no-such\0").status_code == 404


def test_a_form_that_is_too_old_is_refused_in_words():
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"username": "a", "password": "b"})
    assert answer.status_code == 403
    assert "This page was open too long" in answer.text
    assert "DEBUG" not in answer.text
