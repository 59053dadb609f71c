"""PDF documents as their scripts see them in the traced world, and that no script gets out or runs for ever."""

from __future__ import annotations

import time

import pytest

from tests import files_pdf as pdf
from tests.workers.sandbox.run import behaviours
from workers.pdf_document import Note, PdfDocument
from workers.sandbox.javascript import run

DOCUMENT = PdfDocument(
    info={"Title": "app.alert", "Author": "(7)", "Custom": "c"},
    fields={"code": "app.alert(8)"},
    notes=(Note(subject="app.ale%72t(9)", name="n"), Note(contents="b")),
    pages=3,
)


def acts(*scripts: str) -> list[str]:
    ran = run(scripts, seconds=20.0, document=DOCUMENT)
    return [f"{entry.kind} {entry.what}" for entry in ran.entries]


SPRAY = "var s = unescape('%u0c0c%u0c0c'); while (s.length < 0x40000) s += s; "
FILLS = "fills memory 262144 characters: c0c and so on"
DOES: dict[str, tuple[str, str]] = {
    "an address": ("app.launchURL('https://a.example/' + 1)", "navigates https://a.example/1"),
    "an address of the document": ("this.getURL('https://a.example/', false)", "navigates https://a.example/"),
    "by name": ("app.launchURL({ cURL: 'https://a.example/' })", "navigates https://a.example/"),
    "a form": ("this.submitForm({ cURL: 'https://a.example/' })", "sends https://a.example/"),
    "a request": ("Net.HTTP.request({ cURL: 'https://a.example/' })", "fetches GET https://a.example/"),
    "a service": ("SOAP.request({ cURL: 'https://a.example/' })", "fetches GET https://a.example/"),
    "a file that is opened": ("this.exportDataObject({ cName: 'a.exe', nLaunch: 2 })", "starts a.exe"),
    "a file that is saved": ("this.exportDataObject('a.exe')", "saves a.exe"),
    "mail": ("app.mailMsg(false, 'a@example.com')", "sends mail to a@example.com"),
    "a message": ("app.alert({ cMsg: 'hello' })", "shows hello"),
    "properties": ("eval(this.info.title + this.info.Author)", "shows 7"),
    "properties of their own": ("app.alert(info.custom)", "shows c"),
    "the title": ("eval(title + author)", "shows 7"),
    "a field": ("eval(getField('code').value)", "shows 8"),
    "notes": ("eval(unescape(this.getAnnots({ nPage: 0 })[0].subject))", "shows 9"),
    "a note by name": ("eval(unescape(getAnnot(0, 'n').subject))", "shows 9"),
    "pages": ("app.alert(numPages)", "shows 3"),
    "later": ("app.setTimeOut('app.alert(1)', 100)", "shows 1"),
    "another script": ("this.addScript('a', 'app.alert(1)')", "shows 1"),
    "code that comes out": ("eval('app.' + 'alert(1)')", "evaluates app.alert(1)"),
    "across scripts": ("app.alert(typeof f)", "shows function"),
    "printed": ("app.alert(util.printf('%d of %s', 3, 'x'))", "shows 3 of x"),
    "a spray": (SPRAY + "var m = []; for (i = 0; i < 300; i++) m[i] = s + i;", FILLS),
    "a spray of a function": (
        f"(function () {{ {SPRAY} s = s.substring(0, 0x30000); var m = []; m[0] = s + s; }})()",
        "fills memory 196608 characters: c0c and so on",
    ),
    "a long number": ("util.printf('%45000f', 1.5)", "calls util.printf with 7 characters"),
    "a long name": ("Collab.getIcon(new Array(4000).join('a') + '_N.b')", "calls Collab.getIcon with 4003 characters"),
    "a long text": (
        "Collab.collectEmailInfo({ subj: '', msg: new Array(5000).join('a') })",
        "calls Collab.collectEmailInfo with 4999 characters",
    ),
    "no player": ("try { this.media.newPlayer(null); } catch (e) {}", "calls media.newPlayer"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOES)
def test_what_a_script_does_is_written_down(name: str) -> None:
    script, act = DOES[name]
    assert act in acts("function f() {}", script)


QUIET = [
    "AFNumber_Format(2, 0, 0, 0, '', true); AFSimple_Calculate('SUM', ['a', 'b']);",
    "var f = this.getField('total'); f.value = 3 * 4; f.display = display.visible; f.setFocus();",
    "event.value = util.printd('yyyy', new Date()); this.calculateNow();",
    "console.println('ready'); this.dirty = false; app.fs.isFullScreen = false;",
    "var blank = ''; for (var i = 0; i < 40000; i++) blank += ' '; blank.substring(0, 39999);",
    "var s = ''; while (s.length < 99999) s += 'lorem ipsum '; s.slice(1);",
    "var r = ''; for (var i = 0; i < 40000; i++) r += String.fromCharCode(0x4e00 + i % 5000); r.substr(1);",
    "Collab.getIcon('stamp'); util.printf('%10.2f', 1.5); app.media.newPlayer;",
    "this.zoomType = zoomtype.fitW",
]


@pytest.mark.parametrize("script", QUIET)
def test_what_forms_do_says_nothing(script: str) -> None:
    assert acts(script) == []


HOSTILE = {
    "endless": "while (1);",
    "memory": "var a = []; while (1) a.push('xxxxxxxx' + a.length)",
    "a rope": "var s = unescape('%u9090'); while (s.length < 1e9) s += s",
    "timers": "(function f() { app.setTimeOut(f, 1); app.setTimeOut(f, 1) })()",
    "its own tampering": "String.prototype.slice = Array.prototype.push = Object.getOwnPropertyNames = null",
    "getters": "Object.defineProperty(this, 'x', { get: function () { while (1); } })",
    "a full log": "for (var i = 0; i < 1e5; i++) app.alert(i + 'x'.repeat(9999))",
    "many globals": "for (var i = 0; i < 1e5; i++) this['g' + i] = 'x'",
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_script_ends(script: str) -> None:
    began = time.process_time()
    ran = run(["app.alert('here')", script], seconds=0.3, document=DOCUMENT)
    assert ("shows", "here") in [(entry.kind, entry.what) for entry in ran.entries]
    assert time.process_time() - began < 5


@pytest.mark.parametrize("name", ["ActiveXObject", "WScript", "document", "XMLHttpRequest", "std", "os", "require"])
def test_what_a_reader_does_not_have(name: str) -> None:
    assert acts(f"app.alert(typeof {name})") == ["shows undefined"]


def of_document(catalogue: str, *objects: str, page: str = "") -> list[str]:
    data = pdf.document(catalogue, page=page, objects=objects)
    return [f"{act.kind} {act.what}" for found in behaviours(("a.pdf", data)) for act in found.acts]


def test_scripts_that_run_by_themselves() -> None:
    named = f"/Names << /JavaScript << /Names [(a) {pdf.script('var a = 1')}] >> >>"
    assert of_document(f"/OpenAction {pdf.script('app.alert(a + 1)')} {named}") == ["shows 2"]
    assert of_document(f"/OpenAction {pdf.script('app.alert(2)')}") == ["shows 2"]
    assert of_document("", page=f"/AA << /O {pdf.script('app.alert(2)')} >>") == ["shows 2"]


def test_data_that_stands_in_the_document() -> None:
    note = "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Subj (app.alert\\(5\\)) /Contents (b) >>"
    found = of_document(f"/OpenAction {pdf.script('eval(getAnnots()[0].subject)')}", note)
    assert found == ["evaluates app.alert(5)", "shows 5"]


NOTHING: dict[str, str] = {
    "no script": "/Lang (en)",
    "a button": f"/X << /Type /Annot /Subtype /Widget /A {pdf.script('app.alert(1)')} >>",
    "a field": f"/X << /FT /Tx /T (a) /AA << /F {pdf.script('app.alert(1)')} >> >>",
    "an empty script": f"/OpenAction {pdf.script(' ')}",
    "another action": "/OpenAction << /S /URI /URI (https://a.example/) >>",
}


@pytest.mark.parametrize("catalogue", NOTHING.values(), ids=NOTHING)
def test_nothing_runs(catalogue: str) -> None:
    assert of_document(catalogue) == []
