import pytest

from links.agents import Agent, classify
from links.tests.factories import CHROME_ON_ANDROID, SLACK_PREVIEW

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 "
ANDROID_TABLET = "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 Chrome/130.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("text", "agent"),
    [
        (CHROME_ON_ANDROID, Agent("mobile", "Chrome", "Android")),
        (MAC + "Version/18.0 Safari/605.1.15", Agent("desktop", "Safari", "macOS")),
        (IPHONE + "Version/18.0 Mobile/15E148 Safari/604.1", Agent("mobile", "Safari", "iOS")),
        (WINDOWS + "Safari/537.36 Edg/130.0.0.0", Agent("desktop", "Edge", "Windows")),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
            Agent("desktop", "Firefox", "Linux"),
        ),
        (ANDROID_TABLET, Agent("tablet", "Chrome", "Android")),
        ("curl/8.10.1", Agent()),
        ("python-requests/2.32.3", Agent()),
        ("", Agent()),
        ("x" * 100_000, Agent()),
    ],
)
def test_people_are_classed_by_device_browser_and_system(text, agent):
    assert classify(text) == agent


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
    ],
)
def test_previews_crawlers_and_monitors_are_bots(text):
    assert classify(text).is_bot
