from playwright.sync_api import Page


def test_a_page_opens(page: Page) -> None:
    page.goto("data:text/html;charset=utf-8,<title>售后 Aftercare</title>")
    assert page.title() == "售后 Aftercare"


def test_chinese_and_emoji_have_glyphs(page: Page) -> None:
    """Without a fitting font all of them would be drawn as the same empty box, or not at all."""
    page.goto("data:text/html;charset=utf-8,<p>")
    pictures = page.evaluate(
        """() => [..."退款繁體😀\\u{10ffff}"].map((character) => {
            const canvas = document.createElement("canvas");
            const context = canvas.getContext("2d");
            context.font = "32px sans-serif";
            context.fillText(character, 8, 40);
            return canvas.toDataURL();
        })"""
    )
    assert len(set(pictures)) == len(pictures)
