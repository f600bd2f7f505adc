"""The UI as data engineers work in it, in Chromium, and a page of somebody else beside it."""

import http.server
import shutil
import threading
from functools import partial

import pytest

from ingest.synthetic.monthly_files import write_deliveries
from tests.browser import shop

pytestmark = pytest.mark.soak  # a server, a daemon and five months: some six minutes

MONTHS = ["2025-06", "2025-07", "2025-08"]
CUT = "nd_pathway_RBS_202508_01"
ATTACK = """<!doctype html><title>waiting</title><iframe name="into"></iframe>
<form target="into" method="post" action="{ui}/graphql" enctype="text/plain">
<input name="query" value="mutation {{ wipe }}"></form><script>
const ui = "{ui}", query = "{{ version }}", done = {{}};
const body = JSON.stringify({{query}}), json = {{"content-type": "application/json"}};
const ask = (name, how) => fetch(ui + "/graphql", {{method: "POST", credentials: "include",
  body, ...how}}).then(r => done[name] = "read " + r.status, () => done[name] = "refused");
const image = new Promise(end => {{ const i = new Image();
  i.onload = () => end(done.image = "shown"); i.onerror = () => end(done.image = "refused");
  i.src = ui + "/favicon.png"; }});
const socket = new Promise(end => {{
  const s = new WebSocket(ui.replace("http", "ws") + "/graphql", "graphql-ws");
  s.onopen = () => end(done.socket = "open"); s.onerror = () => end(done.socket = "refused"); }});
document.forms[0].submit();
Promise.all([ask("json", {{headers: json}}), ask("plain", {{}}),
  ask("simple", {{mode: "no-cors"}}),
  ask("address", {{method: "GET", mode: "no-cors", body: undefined}}),
  image, socket]).then(() => {{ document.title = JSON.stringify(done); }});
</script>"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Three months of one feed; the last file of one sender is cut to a third."""
    home = tmp_path_factory.mktemp("operating")
    inbox = home / "inbox"
    write_deliveries(inbox, MONTHS, seed=2024, areas=1, defects=0.0, feeds=["nd_pathway"])
    (home / "mended").mkdir()
    for name in (f"{CUT}.csv", f"{CUT}.manifest.csv"):
        shutil.move(inbox / name, home / "mended")
    lines = (home / "mended" / f"{CUT}.csv").read_bytes().splitlines(keepends=True)
    (inbox / f"{CUT}.csv").write_bytes(b"".join(lines[: len(lines) // 3]))
    return home


@pytest.fixture(scope="module")
def operator(home, browser):
    """A window in which the address of the command was opened; gives it and the UI's address."""
    with shop.operated(home, 0) as address:
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.goto(address)
        shop.wait_until_loaded(page)
        yield page, address.partition("/?")[0]
        context.close()


@pytest.fixture
def picture(request, operator):
    folder = request.config.getoption("--pictures", None)
    page, _ = operator

    def taken(name, of=page):
        if folder:
            of.wait_for_timeout(2500)  # charts and lists arrive after the page
            folder.mkdir(parents=True, exist_ok=True)
            of.screenshot(path=folder / f"{name}.png")

    return taken


def linked(page, address):
    """Follow the link to an address as a person does: it opens beside the page."""
    link = page.locator(f'a[href*="{address}"]').first
    with page.context.expect_page() as opening:
        link.click()
    opening.value.wait_for_load_state()
    return opening.value


def test_a_page_of_somebody_else_in_the_operators_browser_can_do_nothing(
    operator, picture, tmp_path
):
    page, ui = operator
    assert "token" not in page.url
    (tmp_path / "attack.html").write_text(ATTACK.format(ui=ui))
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        answers = []
        other = page.context.new_page()
        other.on("response", lambda response: answers.append((response.url, response.status)))
        other.goto(f"http://127.0.0.1:{server.server_port}/attack.html")
        other.wait_for_function("document.title != 'waiting'")
        other.wait_for_timeout(1000)
        server.shutdown()
    refused = {"json", "plain", "simple", "address", "image", "socket"}
    assert other.evaluate("done") == dict.fromkeys(refused, "refused")
    assert {status for url, status in answers if url.startswith(ui)} == {403}
    other.close()
    assert shop.runs(page) == []


def test_a_month_is_made_its_check_read_the_delivery_mended_and_a_year_backfilled(
    operator, home, picture
):
    page, ui = operator
    shop.materialise(page, ui, "2025-08")
    picture("1-launched")
    shop.wait_for_runs(page, 1)
    found = shop.findings_check(page)
    assert not found["success"]
    assert "RBS for 2025-08" in found["description"]
    assert "Ask the sender which part of the extract is missing" in found["description"]
    page.goto(f"{ui}/assets/lake/_findings?view=checks")
    page.get_by_text("Figures are withheld.").first.wait_for()
    picture("2-check-failed")

    page.goto(f"{ui}/assets/release/internal?view=events")
    report = linked(page, "data-quality")
    picture("3-release")
    assert "are missing; its figures are withheld" in report.content()
    picture("4-findings", report)
    report.locator('a[href="about.html"]').first.click()
    report.wait_for_url(f"{ui}/warehouse/releases/2025-08/r1/report/about.html")
    report.close()

    page.goto(f"{ui}/assets/marts/indicator_values?view=events")
    docs = linked(page, "/warehouse/dbt/")
    docs.get_by_text("indicator_values").first.wait_for()
    assert docs.evaluate("window.origin") == "null"
    picture("5-dbt", docs)
    docs.close()

    for path in (home / "mended").iterdir():
        shutil.move(path, home / "inbox" / path.name.replace("_01", "_02"))
    manifest = home / "inbox" / f"{CUT.replace('_01', '_02')}.manifest.csv"
    told = manifest.read_text().replace("_01.csv", "_02.csv").replace(",RBS,1,", ",RBS,2,")
    manifest.write_text(told)
    shop.materialise(page, ui, "2025-08")
    shop.wait_for_runs(page, 2)
    assert shop.findings_check(page)["success"]
    page.goto(f"{ui}/assets/lake/_findings?view=checks")
    page.get_by_text("Nothing is withheld.").first.wait_for()
    picture("6-check-passed")

    shop.materialise(page, ui, "[2025-06...2025-08]")
    shop.wait_for_runs(page, 5)
    page.goto(f"{ui}/runs")
    picture("7-backfill")
    page.goto(f"{ui}/overview")
    picture("8-overview")
    assert (home / "releases/2025-06/r1").is_dir()
    assert (home / "releases/2025-07/r1").is_dir()
