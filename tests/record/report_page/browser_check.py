#!/usr/bin/env python3
"""Opens report pages in headless Chromium and uses them as a reader would: slider, legend, pointer, arrow keys, theme, a phone.

    browser_check.py [--shots FOLDER] [--seconds S] PAGE.html...

Exit code 0: all is well, 1: a check failed, 77: Chromium or Selenium is missing (Debian: chromium chromium-driver python3-selenium).
"""
import argparse
import base64
import json
import pathlib
import shutil
import sys

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError:
    print("Selenium is not installed: left out")
    sys.exit(77)

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars"]
CONTRAST = """
const variables = ["--ink", "--muted", "--failure", "--warning", "--calm"];
const style = getComputedStyle(document.documentElement);
const light = (name) => {
  const hex = style.getPropertyValue(name).trim().slice(1);
  const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
return variables.flatMap((name) => ["--paper", "--panel"].map((ground) => [`${name} on ${ground}`, ratio(light(name), light(ground))]));
"""


class Page:
    """One page in one browser, and what was found wrong with it."""

    def __init__(self, driver, path):
        self.driver, self.url, self.faults, self.name = driver, path.resolve().as_uri(), [], path.name

    def open(self, width=1280, height=900, anchor="#all"):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.get("about:blank")
        self.driver.get(self.url + anchor)
        WebDriverWait(self.driver, 20).until(lambda d: d.execute_script("return document.documentElement.dataset.ready") == "1")

    def js(self, code, *arguments):
        return self.driver.execute_script(code, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def expect(self, holds, sentence):
        if not holds:
            self.faults.append(sentence)

    def bring(self, element):
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)

    def picture(self, file, whole=False):
        clip = {}
        if whole:
            size = self.js("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
            clip = {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size[0], "height": min(size[1], 15000), "scale": 1}}
        file.write_bytes(base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", **clip})["data"]))


def check_opening(page, seconds):
    page.driver.get("about:blank")
    for log in ("browser", "performance"):
        page.driver.get_log(log)  # what the page before this one left
    page.open(anchor="")
    took = page.js("return performance.getEntriesByName('ready')[0].startTime")  # since the navigation began
    page.expect(took < 1000 * seconds, f"drawn after {took:.0f} ms, more than {seconds} s")
    return took


def check_words(page):
    for plot in page.all(".plot"):
        label = plot.get_attribute("aria-label") or ""
        page.expect(plot.get_attribute("role") == "img" and len(label) > 30, f"a chart says too little of itself: '{label}'")
        page.expect(plot.get_attribute("tabindex") == "0", "a chart cannot be focused")
    page.expect(page.js("return [...document.querySelectorAll('input, select')].every((one) => one.labels.length || one.ariaLabel)"),
        "a control has no label")
    page.expect(page.js("return document.title !== 'owned' && !document.querySelector('img[src=x]')"),
        "markup from the data became part of the page")
    page.expect(page.js("const ids = [...document.querySelectorAll('[id]')].map((one) => one.id); return new Set(ids).size === ids.length"), "an id occurs twice")
    small = page.js("return [...document.querySelectorAll('button, select, input[type=range], summary')].filter((one) => one.getClientRects().length && one.getBoundingClientRect().height < 31.5)"
                    ".map((one) => one.textContent || one.type)")
    page.expect(not small, f"targets lower than 32 pixels: {small[:5]}")
    page.expect(page.js("return !document.querySelector('main').textContent.includes('could not be drawn')"), "a part could not be drawn")
    page.expect(not page.js("return /\\b(NaN|undefined|Infinity)\\b/.test([...document.querySelectorAll('svg [d], svg [x], svg [cx], svg [x1]')]"
                            ".map((one) => ['d', 'x', 'y', 'x1', 'y1', 'cx', 'cy', 'width', 'height'].map((name) => one.getAttribute(name)).join(' ')).join(' '))"), "NaN in a drawing")


def check_slider(page):
    if not page.all("#histogram-step:enabled"):
        return
    slider, heights = page.all("#histogram-step")[0], "return [...document.querySelectorAll('#histograms .plot .bar')].map((bar) => bar.getAttribute('height')).join()"
    page.bring(slider)
    before, text = page.js(heights), page.all("#histogram-step-text")[0].text
    slider.send_keys(Keys.HOME)
    page.expect(page.all("#histogram-step-text")[0].text != text, "the slider's text does not follow it")
    page.expect(page.js(heights) != before, "the slider moves no bar")


def check_legend(page):
    buttons = page.all("#curves .legend button")
    if not buttons:
        return
    count = "return document.querySelector('#curves .chart').querySelectorAll('path.curve').length"
    page.bring(buttons[0])
    before = page.js(count)
    buttons[0].click()
    page.expect(page.js(count) < before, "a legend button hides no series")
    page.expect(buttons[0].get_attribute("aria-pressed") == "false", "a legend button does not tell its state")
    buttons[0].click()
    page.expect(page.js(count) == before, "a legend button does not bring its series back")


def check_readout(page):
    visible = "return [...document.querySelectorAll('.readout')].filter((one) => !one.hidden).map((one) => one.textContent).join()"
    for selector in ("#loss .plot", "#heatmap .plot", "#delta .plot", "#histograms .plot", "#activation .plot", "#units .plot",
        "#zigzag .plot"):
        plots = page.all(selector)
        if not plots:
            continue
        page.bring(plots[0])
        ActionChains(page.driver).move_to_element(plots[0]).perform()
        hovered = page.js(visible)
        page.expect(hovered, f"{selector}: nothing to read under the pointer")
        ActionChains(page.driver).move_to_element(page.all("#title")[0]).perform()
        page.js("arguments[0].focus({preventScroll: true})", plots[0])
        plots[0].send_keys(Keys.END)
        first = page.js(visible)
        plots[0].send_keys(Keys.ARROW_LEFT)
        page.expect(first and page.js(visible) != first or page.js("return arguments[0].getAttribute('aria-label').includes('at 1 step')",
            plots[0]), f"{selector}: arrow keys read nothing new")
        box = page.js("const a = document.querySelector('.readout:not([hidden])')?.getBoundingClientRect(); return a ? [a.left, a.right, a.height] : null")
        page.expect(box and box[0] >= 0 and box[1] <= page.js("return innerWidth") and box[2] < 350,
            f"{selector}: the read-out does not fit: {box}")
        plots[0].send_keys(Keys.ESCAPE)
        page.expect(not page.js(visible), f"{selector}: Escape does not end reading")


def check_heatmap(page):
    canvas = "return document.querySelector('#heatmap canvas').toDataURL()"
    if not page.all("#heatmap canvas"):
        return
    select = page.all("#heatmap-metric")[0]
    before = page.js(canvas)
    page.js("arguments[0].selectedIndex = (arguments[0].selectedIndex + 4) % arguments[0].length; arguments[0].dispatchEvent(new Event('change'))", select)
    page.expect(page.js(canvas) != before or len(select.find_elements(By.TAG_NAME, "option")) == 1,
        "another metric paints the same heat map")
    page.js("arguments[0].selectedIndex = 0; arguments[0].dispatchEvent(new Event('change'))", select)


def check_tables(page):
    for details in page.all("details.numbers summary"):
        page.js("arguments[0].parentNode.open = true", details)
    WebDriverWait(page.driver, 10).until(lambda d: page.js("return [...document.querySelectorAll('details.numbers')].every((one) => one.querySelector('table'))"))
    page.js("for (const one of document.querySelectorAll('details.numbers')) one.open = false")
    heads = page.all("#table .sortable th button")
    if len(heads) > 2:
        first = "return document.querySelector('#table tbody tr').textContent"
        page.bring(heads[0])
        heads[0].click()
        before = page.js(first)
        heads[0].click()
        page.expect(page.js(first) != before or len(page.all("#table tbody tr")) < 2, "a heading does not sort the table")


def check_theme(page):
    colour = "return getComputedStyle(document.body).backgroundColor"
    for _ in range(2):
        faint = [f"{name}: {ratio:.2f}" for name, ratio in page.js(CONTRAST) if ratio < 4.5]
        page.expect(not faint, f"contrast below 4.5: {faint}")
        before = page.js(colour)
        page.js("document.getElementById('theme').click()")
        page.expect(page.js(colour) != before, "the theme button changes no colour")


def check_widths(page):
    for width in (360, 390, 768, 3840):
        page.open(width, 800)
        over = page.js("return document.documentElement.scrollWidth") - width  # a phone would zoom out, and innerWidth grow with it
        page.expect(over <= 0, f"at {width} pixels the page is {over} pixels too wide")


def check_log(page):
    """No error in the console, and no request but for the page itself and pictures inside it."""
    for entry in page.driver.get_log("browser"):
        page.expect(entry["level"] not in ("SEVERE", "WARNING"), f"console: {entry['message'][:300]}")
    for entry in page.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            page.expect(url.startswith(("data:", "about:")) or url.split("#")[0] == page.url, f"a request leaves the page: {url[:100]}")


def shots(page, folder):
    folder.mkdir(parents=True, exist_ok=True)
    name = page.name.removesuffix(".html")
    for theme, width in (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)):
        page.open(width, 900)
        if page.js("return document.documentElement.dataset.theme") != theme:
            page.js("document.getElementById('theme').click()")
        page.js("document.fonts.ready")
        page.picture(folder / f"{name}-{theme}-{width}.png")
        page.picture(folder / f"{name}-{theme}-{width}-whole.png", whole=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--shots", type=pathlib.Path, metavar="FOLDER", help="also take pictures, light and dark, wide and narrow")
    arguments.add_argument("--seconds", type=float, default=2, help="a page must be drawn after so many (default 2)")
    arguments.add_argument("pages", nargs="+", type=pathlib.Path)
    options = arguments.parse_args()
    browser, driver_program = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver_program:
        print("chromium or chromedriver is not installed: left out")
        return 77
    chrome = Options()
    chrome.binary_location = browser
    for flag in FLAGS:
        chrome.add_argument(flag)
    chrome.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service(driver_program), options=chrome)
    failed = False
    try:
        for path in options.pages:
            page = Page(driver, path)
            took = check_opening(page, options.seconds)
            page.open()
            for check in (check_words, check_slider, check_legend, check_readout, check_heatmap, check_tables, check_theme, check_widths):
                check(page)
            check_log(page)
            if options.shots:
                shots(page, options.shots)
            print(f"{page.name}: drawn after {took:.0f} ms, {len(page.faults)} faults")
            for fault in page.faults:
                print(f"  {fault}")
            failed = failed or bool(page.faults)
    finally:
        driver.quit()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
