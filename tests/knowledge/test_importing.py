"""Documents as articles: what is taken over, what is left out, and what a second import does."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from knowledge import load_articles
from knowledge.converting import MAX_BYTES, MAX_UNPACKED, Unreadable, convert
from knowledge.importing import ImportReport, article_id, import_folder

HTML = """<html><head><title>Returns &amp; refunds</title><style>p {color: red}</style></head>
<body><nav><p>Home</p></nav><script>steal()</script>
<main><h1>Returns &amp; refunds</h1><h2>How long</h2><p>Fourteen <b>days</b>.</p>
<ul><li>Unworn</li><li><p>With tags</p></li></ul><p hidden>secret</p>
<p onclick="steal()">Ask us. <img src="http://example.com/x.png"></p></main></body></html>"""


def pdf(text: str, pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(300, 300)
        font = {"Type": "/Font", "Subtype": "/Type1", "BaseFont": "/Helvetica"}
        names = {NameObject(f"/{key}"): NameObject(value) for key, value in font.items()}
        fonts = DictionaryObject({NameObject("/F1"): DictionaryObject(names)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 20 200 Td ({text}) Tj ET".encode())
        page[NameObject("/Contents")] = stream
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Warranty", 0)
    document.add_heading("How long", 1)
    document.add_paragraph("Two years.")
    document.add_paragraph("Not for batteries", style="List Bullet")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def test_html_gives_headings_and_text_and_nothing_that_runs() -> None:
    found = convert("returns.html", HTML.encode())
    assert found.title == "Returns & refunds"
    assert found.body == "## How long\n\nFourteen days .\n\n- Unworn\n\n- With tags\n\nAsk us."


def test_docx_gives_headings_lists_and_title() -> None:
    found = convert("warranty.DOCX", word())
    assert (found.title, found.body) == (
        "Warranty",
        "## How long\n\nTwo years.\n\n- Not for batteries",
    )


def test_pdf_gives_its_text() -> None:
    assert convert("care.pdf", pdf("Clean it with vinegar.")).body == "Clean it with vinegar."


def test_markdown_loses_its_tags_and_keeps_other_wordings() -> None:
    text = (
        "# Care\n\n## Cleaning\n<!-- asked: how to clean -->\n<b>Vinegar</b><script>x()</script>."
    )
    found = convert("care.md", text.encode())
    assert found.title == "Care"
    assert found.body == "## Cleaning\n<!-- asked: how to clean -->\nVinegar."


def bomb() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * (MAX_UNPACKED + 1))
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.exe", b"x", "is none of docx, htm"),
        ("a", b"x", "is none of"),
        ("a.md", b"\xff\xfe", "is not UTF-8"),
        ("a.md", b"x" * (MAX_BYTES + 1), "at most 10,000,000"),
        ("a.md", b"x" * 200_001, "200,001 characters"),
        ("a.html", b"<script>x</script>", "has no text"),
        ("a.pdf", b"%PDF-1.4 broken", "cannot be read"),
        ("a.pdf", pdf("x", pages=301), "has 301 pages"),
        ("a.docx", b"PK broken", "cannot be read: BadZipFile"),
        ("a.docx", bomb(), "unpacks to 60,000,001"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    name: str, content: bytes, problem: str
) -> None:
    with pytest.raises(Unreadable, match=problem):
        convert(name, content)


def folder(root: Path) -> Path:
    (root / "zh-CN").mkdir(parents=True)
    (root / "Returns & refunds.html").write_text(HTML, "utf-8")
    (root / "warranty.docx").write_bytes(word())
    (root / "zh-CN" / "退货.md").write_text("# 退货\n\n## 几天\n\n七天。", "utf-8")
    (root / "broken.pdf").write_bytes(b"no")
    (root / ".hidden.md").write_text("no", "utf-8")
    return root


def test_a_folder_becomes_articles_and_again_changes_nothing(tmp_path: Path) -> None:
    source, target = folder(tmp_path / "from"), tmp_path / "to"
    problem = "broken.pdf: cannot be read: PdfStreamError"
    assert import_folder(source, target, "en") == ImportReport(3, 0, 0, [problem])
    articles = load_articles(target)
    assert [(one.locale, one.id, one.title) for one in articles] == [
        ("en", "returns-refunds", "Returns & refunds"),
        ("en", "warranty", "Warranty"),
        ("zh-CN", article_id("退货"), "退货"),
    ]
    before = {file: file.stat().st_mtime_ns for file in target.rglob("*.md")}
    assert import_folder(source, target, "en") == ImportReport(0, 0, 3, [problem])
    assert {file: file.stat().st_mtime_ns for file in target.rglob("*.md")} == before
    (source / "zh-CN" / "退货.md").write_text("# 退货\n\n## 几天\n\n十四天。", "utf-8")
    assert import_folder(source, target, "en") == ImportReport(0, 1, 2, [problem])
    assert load_articles(target)[-1].body == "## 几天\n\n十四天。"


def test_our_own_articles_come_through_as_they_are(tmp_path: Path) -> None:
    import_folder(Path("knowledge/articles"), tmp_path, "en")
    assert load_articles(tmp_path) == load_articles()


def test_two_files_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    source = tmp_path / "from"
    source.mkdir()
    (source / "care.md").write_text("One.", "utf-8")
    (source / "care.html").write_text("<p>Two.</p>", "utf-8")
    report = import_folder(source, tmp_path / "to", "en")
    assert report.created == 1
    assert report.problems == ["care.md: would be the same article as care.html"]


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("password", "utf-8")
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "care.md").symlink_to(tmp_path / "secret.md")
    assert import_folder(tmp_path / "from", tmp_path / "to", "en") == ImportReport()


def test_a_long_text_is_cut_at_its_paragraphs(tmp_path: Path) -> None:
    source = tmp_path / "from"
    source.mkdir()
    (source / "long.md").write_text("## Care\n\n" + "\n\n".join(["word " * 100] * 5), "utf-8")
    import_folder(source, tmp_path / "to", "en")
    (article,) = load_articles(tmp_path / "to")
    headings = [line for line in article.body.splitlines() if line.startswith("#")]
    assert headings == ["## Care", "## Care (2)", "## Care (3)"]


@pytest.mark.parametrize("locale", ["../x", "english", "", "en/.."])
def test_a_locale_is_never_a_path(tmp_path: Path, locale: str) -> None:
    with pytest.raises(ValueError, match="is not a locale"):
        import_folder(tmp_path, tmp_path / "to", locale)
