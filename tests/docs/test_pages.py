r"""The pages build without a warning, load nothing from elsewhere, and show their equations in a browser without network."""

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.xdist_group("docs")  # one build, in one worker, under --dist loadgroup

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
EQUATION = re.compile(r'<(span|div) class="math notranslate nohighlight[^"]*"[^>]*>.*?</\1>', re.DOTALL)

# Run in the page once MathJax is done: what was loaded, and how many equations of how many were drawn
OBSERVER = """
<script>
window.addEventListener("load", () => MathJax.startup.promise.then(() => {
  const drawn = [...document.querySelectorAll(".math > mjx-container > svg")];
  const observed = {
    loaded: performance.getEntriesByType("resource").map(entry => entry.name),
    equations: document.querySelectorAll(".math").length,
    drawn: drawn.filter(svg => svg.getBoundingClientRect().width > 2).length,
    faulty: [...document.querySelectorAll('[data-mml-node="merror"]')].map(
      node => (node.closest(".math").dataset.source || "here") + ": " + node.getAttribute("data-mjx-error")),
  };
  const report = document.createElement("pre");
  report.id = "observed";
  report.textContent = JSON.stringify(observed);
  document.body.append(report);
}));
</script>
"""


class Resources(HTMLParser):
    r"""Collects the addresses that a browser loads by itself to show a page; links to be followed are not among them."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        loading = {"src", "srcset", "poster", "data"} | ({"href"} if tag in ("link", "image", "use") else set())
        self.addresses += [value for name, value in given.items() if name in loading]
        self.addresses += re.findall(r"url\(\s*[\"']?([^\"')]+)", given.get("style", ""))


def external(address: str) -> bool:
    r"""Whether an address leads off the machine."""
    return bool(urlsplit(address.strip()).netloc)


def observed(page: Path, folder: Path) -> dict[str, Any]:
    r"""What a browser without network loads and draws of a page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser found (looked for {', '.join(BROWSERS)}): apt-get install chromium")
    switches = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
        " --disable-component-update --disable-sync --virtual-time-budget=60000 --window-size=1300,900 --dump-dom"
    )
    command = [browser, *switches.split(), "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder}/profile"]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, encoding="utf-8", timeout=180, check=False)
    found = re.search(r'<pre id="observed">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, f"MathJax did not finish on {page.name}:\n{done.stderr[-2000:]}"
    report: dict[str, Any] = json.loads(html.unescape(found[1]))
    return report


def assert_drawn_offline(report: dict[str, Any]) -> None:
    assert report["equations"] > 0
    assert report["faulty"] == [], "faulty"
    assert report["drawn"] == report["equations"], "not all are drawn"
    assert [address for address in report["loaded"] if external(address)] == [], "loaded from elsewhere"


def test_every_page_loads_only_local_files(pages: Path) -> None:
    found = {}
    for page in pages.rglob("*.html"):
        resources = Resources()
        resources.feed(page.read_text(encoding="utf-8"))
        found[page.relative_to(pages).as_posix()] = [address for address in resources.addresses if external(address)]
    assert len(found) > 5
    assert {page: addresses for page, addresses in found.items() if addresses} == {}


def test_every_stylesheet_loads_only_local_files(pages: Path) -> None:
    sheets = list(pages.rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text(encoding="utf-8")
        addresses = re.findall(r"(?:url\(\s*|@import\s+)[\"']?([^\"');\s]+)", text)
        assert [address for address in addresses if external(address)] == [], sheet.name


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://a.example/b.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<img srcset="http://a.example/b.png 2x">',
        '<p style="background: url(https://a.example/b.png)">',
    ],
)
def test_the_check_sees_external_resources(page: str) -> None:
    resources = Resources()
    resources.feed(page)
    assert any(external(address.split()[0]) for address in resources.addresses)


def test_the_check_lets_links_pass() -> None:
    resources = Resources()
    resources.feed('<a href="https://a.example">a</a><img src="_images/b.png"><script src="_static/c.js"></script>')
    assert not any(map(external, resources.addresses))


def observed_with(pages: Path, name: str, addition: str, folder: Path) -> dict[str, Any]:
    r"""What a browser loads and draws of a page with something added at its end."""
    page = (pages / name).read_text(encoding="utf-8")
    watched = pages / f"watched-{name}"
    watched.write_text(page.replace("</body>", addition + OBSERVER + "</body>"), encoding="utf-8")
    try:
        return observed(watched, folder)
    finally:
        watched.unlink()


def test_chapter_shows_its_equations_without_network(pages: Path, tmp_path: Path) -> None:
    report = observed_with(pages, "model.html", "", tmp_path)
    assert_drawn_offline(report)


@pytest.mark.parametrize(
    "defect",
    [
        r'<div class="math">\[\nosuchmacro{x}\]</div>',
        r'<div class="math">\[\frac{x\]</div>',
        '<script src="http://a.example/b.js"></script>',
        '<script>fetch("http://a.example/b.json").catch(() => 0)</script>',
    ],
)
def test_the_browser_check_sees_defects(pages: Path, tmp_path: Path, defect: str) -> None:
    with pytest.raises(AssertionError, match=r"faulty|drawn|loaded"):
        assert_drawn_offline(observed_with(pages, "model.html", defect, tmp_path))


def test_every_equation_of_every_page_is_drawn(pages: Path, tmp_path: Path) -> None:
    scripts = re.findall(r"<script[^>]*>window\.MathJax.*?</script>", (pages / "model.html").read_text(encoding="utf-8"))
    assert len(scripts) == 1
    parts = ['<meta charset="utf-8">', *scripts, '<script defer src="_static/tex-svg-full.js"></script>']
    for page in sorted(pages.rglob("*.html")):
        for found in EQUATION.finditer(page.read_text(encoding="utf-8")):
            source = f'data-source="{page.relative_to(pages).as_posix()}" '
            parts.append(found[0].replace("class=", source + "class=", 1))
    (pages / "equations.html").write_text("\n".join([*parts, "</body>"]), encoding="utf-8")
    try:
        report = observed_with(pages, "equations.html", "", tmp_path)
    finally:
        (pages / "equations.html").unlink()
    assert_drawn_offline(report)
    assert report["equations"] == len(parts) - 3
