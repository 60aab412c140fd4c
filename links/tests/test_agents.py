import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from links import agents, devices
from links.agents import Agent, classify
from links.tests.factories import CHROME_ON_ANDROID, SLACK_PREVIEW

pytestmark = pytest.mark.once

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPAD = "Mozilla/5.0 (iPad; CPU OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
CHROMEBOOK = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "


def on_android(model: str, *, mobile: bool = True) -> str:
    """Return what Chrome says on a model; on some tablets it says Mobile too."""
    end = "Mobile Safari/537.36" if mobile else "Safari/537.36"
    return (
        f"Mozilla/5.0 (Linux; Android 14; {model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 {end}"
    )


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        (CHROME_ON_ANDROID, Agent("mobile", "Chrome", "Android")),
        (MAC + "Version/18.0 Safari/605.1.15", Agent("desktop", "Safari", "macOS")),
        (IPHONE + "Version/18.0 Mobile/15E148 Safari/604.1", Agent("mobile", "Safari", "iOS")),
        (IPAD + "Version/16.6 Mobile/15E148 Safari/604.1", Agent("tablet", "Safari", "iOS")),
        (WINDOWS + "Safari/537.36 Edg/130.0.0.0", Agent("desktop", "Edge", "Windows")),
        (CHROMEBOOK + "Safari/537.36", Agent("desktop", "Chrome", "ChromeOS")),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            Agent("desktop", "Firefox", "Linux"),
        ),
        (on_android("SM-X910", mobile=False), Agent("tablet", "Chrome", "Android")),
        (
            "Mozilla/5.0 (PlayStation; PlayStation 5/8.00) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.0",
            Agent("unknown", "Safari", "unknown"),
        ),
        ("", Agent()),
        ("x" * 100_000, Agent(is_bot=True)),
    ],
)
def test_people_are_classed_by_device_browser_and_system(text, agent):
    found = classify(text)
    assert found.device == agent.device
    assert found.is_bot == agent.is_bot
    if agent.os != "unknown":
        assert found == agent


@pytest.mark.parametrize("model", ["Lenovo TB-X606F", "SM-T295", "Lenovo TB-8505F"])
def test_a_tablet_that_says_mobile_is_known_by_its_model(model):
    assert classify(on_android(model)).device == "tablet"


def test_a_model_that_nobody_knows_is_judged_by_the_word_mobile():
    assert classify(on_android("ZZZ-2099 Unheard")).device == "mobile"
    assert classify(on_android("ZZZ-2099 Unheard", mobile=False)).device == "tablet"


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36 (KHTML) Version/6.0 TV Safari/537.36",
        "Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3",
        "Mozilla/5.0 (Linux; Andr0id 9; BRAVIA 4K UR2) AppleWebKit/537.36 Chrome/88.0.4324.152 Safari/537.36",
    ],
)
def test_televisions_and_consoles_are_none_of_the_three_kinds(text):
    assert classify(text).device == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        SLACK_PREVIEW,
        "facebookexternalhit/1.1",
        "Twitterbot/1.0",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        on_android("Nexus 5X Build/MMB29P") + " (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        WINDOWS.replace("Chrome/", "HeadlessChrome/") + "Safari/537.36",
        "curl/8.10.1",
        "python-requests/2.32.3",
    ],
)
def test_previews_crawlers_monitors_and_libraries_are_bots(text):
    assert classify(text).is_bot


@pytest.mark.parametrize(
    "text",
    [
        on_android("Spider 8"),
        on_android("M bot Tab 103"),
        on_android("CUBOT NOTE 20"),
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; Trident/4.0; FDM; http://toolbar.example.com/; SLCC2)",
        "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; chromeframe/19.0.1084.52)",
    ],
)
def test_people_whose_phone_or_browser_is_named_like_a_bot_are_people(text):
    assert not classify(text).is_bot


@pytest.mark.parametrize(
    "text",
    [
        "a" * 100_000,
        "(" * 100_000,
        "Mozilla/5.0 (Linux; Android" + "(;" * 50_000,
        "(compatible; MSIE " + "()" * 50_000,
        "Android " * 20_000,
        "SAMSUNG " + "GT-" * 30_000,
        "\x00\x01\x1b[31m\x7f" * 20_000,
        "\ud800" * 1000,
        "Mozilla/5.0 " + "1.0;" * 30_000,
        "ÿ" * 100_000,
    ],
)
def test_hostile_text_takes_no_longer_than_other_text(text):
    classify("warm")
    classify(text)  # expressions are compiled when they are first needed
    agents._classify.cache_clear()
    started = time.perf_counter()
    classify(text)
    assert time.perf_counter() - started < 0.1


def test_what_follows_the_first_512_characters_does_not_count():
    assert classify(CHROME_ON_ANDROID + " " * 400 + "Googlebot").is_bot is False
    assert agents._classify.cache_info().maxsize == 50_000


def test_a_remembered_agent_is_not_judged_again(monkeypatch):
    first = classify(CHROME_ON_ANDROID)
    monkeypatch.setattr(agents, "bots", None)
    assert classify(CHROME_ON_ANDROID + "") is first


def test_threads_that_ask_at_once_get_the_same_answers():
    texts = [on_android(f"SM-T{number}") for number in range(500, 560)]
    wanted = [classify(text) for text in texts]
    agents._classify.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: [classify(text) for text in texts], range(8)):
            assert found == wanted


def test_every_expression_of_the_pinned_lists_is_understood():
    for brand in devices.models()._models:
        brand._models.find("nothing")
    classify("warm")
    assert devices.models().kind(on_android("SM-G991B")) == "smartphone"


def test_the_lists_are_not_read_before_the_first_question():
    code = (
        "import sys, links.agents, links.bots, links.devices\n"
        "assert not links.bots.bots.cache_info().currsize\n"
        "assert not links.devices.models.cache_info().currsize\n"
        "assert 'ua_parser' not in sys.modules and 'django' not in sys.modules\n"
        "links.agents.classify('curl/8')\n"
        "assert 'device_detector' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
