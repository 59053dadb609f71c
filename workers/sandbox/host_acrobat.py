"""Acrobat as the traced world has it: the document and what stands in it, app, util, Collab, media, SOAP, Net.

JavaScript for Acrobat API Reference. What had holes in old versions says so when it is called as exploits do.
"""

from __future__ import annotations

ACROBAT = r"""
(function (global) {
  var note = host.note, ghost = host.ghost, later = host.later, lower = host.lower;
  function first(options, name) { return options !== null && typeof options === "object" && name in options
    ? options[name] : options; }
  function long(value, least) { return typeof value === "string" && value.length >= least; }
  function hole(name, value) { note("calls", name + (typeof value === "string" ? " with " + value.length
    + " characters" : "")); }

  // Memory that is filled with the same few characters, so that a jump to anywhere lands in them (heap spraying).
  var LEAST = 32768, code = Function.prototype.call.bind(String.prototype.charCodeAt), sprayed = false;
  function look(text) {
    if (sprayed || typeof text !== "string" || text.length < LEAST) return;
    var seen = Object.create(null), kinds = 0, step = text.length / 64;
    for (var i = 0; i < 64; i++) {
      var unit = code(text, Math.floor(i * step));
      // Letters and blanks are what long texts are padded with.
      if (unit >= 32 && unit < 127 || unit === 9 || unit === 10 || unit === 13) return;
      if (!(unit in seen)) { seen[unit] = 1; if (++kinds > 4) return; }
    }
    sprayed = true;
    note("fills memory", text.length + " characters: " + host.said(text, 1).charCodeAt(0).toString(16) + " and so on");
  }
  ["substring", "substr", "slice", "concat", "repeat"].forEach(function (name) {
    var native = String.prototype[name];
    Object.defineProperty(String.prototype, name, { configurable: true, writable: true, value: function () {
      var out = native.apply(this, arguments);
      look(out);
      return out;
    } });
  });
  var mine = Object.create(null);
  function lookAll(holder, depth) {
    var names = Object.getOwnPropertyNames(holder);
    for (var i = 0; i < names.length && i < 400 && !sprayed; i++) {
      if (depth === 0 && names[i] in mine) continue;
      var value;
      try { value = holder[names[i]]; } catch (error) { continue; }
      look(value);
      if (depth === 0 && Array.isArray(value)) lookAll(value, 1);
    }
  }
  host.own.look = function () { lookAll(global, 0); };

  var given = { info: {}, fields: {}, notes: [], pages: 1 };
  function field(name) {
    var words = given.fields[name];
    return { name: name, value: words === undefined ? "" : words, valueAsString: words || "", type: "text", page: 0,
      setAction: function (when, script) { note("evaluates", script, script); }, setFocus: function () {},
      buttonImportIcon: function () {}, getArray: function () { return []; }, display: 0, doc: global };
  }
  function annotation(one) {
    return { subject: one.subject, contents: one.contents, author: one.author, name: one.name, type: "Text", page: 0,
      getProps: function () { return one; }, setProps: function () {}, destroy: function () {} };
  }
  var info = new Proxy({}, { get: function (target, key) {
    if (typeof key === "symbol" || key in target) return target[key];
    // The names of properties are found in any case.
    for (var name in given.info) if (lower(name) === lower(key)) return given.info[name];
    return undefined;
  } });
  host.own.setElements = function (document) {
    given = document;
    global.numPages = document.pages;
    ["Title", "Subject", "Author", "Keywords", "Producer", "Creator"].forEach(function (name) {
      global[lower(name)] = given.info[name] || ""; });
  };

  function leads(address) { note("navigates", address); }
  function sends(options) { note("sends", first(options, "cURL")); }
  function fetches(options, name) { note("fetches", "GET " + first(options, name || "cURL")); return ghost("answer"); }
  function mails(options, to) { note("sends", "mail to " + host.said(options === true || options === false ? to
    : first(options, "cTo"), 200)); }
  function exports(options, list, launch) {
    var name = first(options, "cName"), how = options && typeof options === "object" ? options.nLaunch : launch;
    note(how > 0 ? "starts" : "saves", name);
  }
  function runs(script) { note("evaluates", script, script); later(String(script)); }
  var document = {
    getURL: function (address) { leads(first(address, "cURL")); }, submitForm: sends, mailDoc: mails, mailForm: mails,
    exportDataObject: exports, importDataObject: function (options) { note("loads", first(options, "cDIPath")); },
    getField: function (name) { return field(String(first(name, "cName"))); },
    getNthFieldName: function (at) { return Object.keys(given.fields)[at] || ""; },
    getAnnots: function () { return given.notes.map(annotation); }, getAnnot: function (page, name) {
      name = typeof page === "object" ? page.cName : name;
      for (var i = 0; i < given.notes.length; i++) if (given.notes[i].name === name) return annotation(given.notes[i]);
      return null; },
    syncAnnotScan: function () {}, getPageNthWord: function () { return ""; },
    getPageNumWords: function () { return 0; },
    addScript: function (name, script) { runs(script); }, setAction: function (when, script) { note("evaluates",
      script, script); }, setPageAction: function (page, when, script) { note("evaluates", script, script); },
    saveAs: function (path) { note("writes", first(path, "cPath")); }, print: function () {},
    calculateNow: function () {},
    closeDoc: function () {}, resetForm: function () {}, getPrintParams: function () { return ghost("parameters"); },
    getIcon: function () { return ghost("icon"); }, addAnnot: function () { return ghost("annotation"); },
    printSeps: function () { hole("printSeps"); }, getPageBox: function () { return [0, 792, 612, 0]; },
    getDataObject: function (name) { return { name: name, size: 0 }; }, getDataObjectContents: function () {
      return ghost("stream"); }, getTemplate: function () { return ghost("template"); }, removeField: function () {},
    addField: function (name) { return field(name); }, getOCGs: function () { return []; },
    gotoNamedDest: function () {},
    info: info, numPages: 1, numFields: 0, pageNum: 0, dirty: false, external: false, dataObjects: null, path:
      "/C/Users/user/Downloads/document.pdf", documentFileName: "document.pdf", URL:
      "file:///C|/Users/user/Downloads/document.pdf", zoom: 100, hostContainer: undefined, hidden: false,
    baseURL: "", layout: "SinglePage", filesize: 65536, securityHandler: null, templates: [], docID: ["1", "1"]
  };
  for (var name in document) global[name] = document[name];
  global.doc = global;
  var app = {
    alert: function (words) { note("shows", first(words, "cMsg")); return 1; }, beep: function () {},
    response: function (words) { note("shows", first(words, "cQuestion")); return "1"; }, execDialog: function () {
      return "ok"; },
    launchURL: function (address) { leads(first(address, "cURL")); }, openDoc: function (path) { note("loads",
      first(path, "cPath")); return global; }, mailMsg: mails, mailGetAddrs: function () { return []; },
    setTimeOut: function (task) { return later(first(task, "cExpr")); }, setInterval: function (task) {
      return later(first(task, "cExpr")); }, clearTimeOut: function () {}, clearInterval: function () {},
    eval: function (script) { return global.eval(script); }, trustedFunction: function (task) {
      return first(task, "oFunc"); },
    trustPropagatorFunction: function (task) { return first(task, "oFunc"); }, beginPriv: function () {}, endPriv:
      function () {}, execMenuItem: function (item) { note("asks system", "menu " + first(item, "cMenuItem")); },
    newDoc: function () { return global; }, getPath: function () { return "/C/Users/user/"; },
    popUpMenuEx: function () {
      return null; }, addMenuItem: function () {}, addToolButton: function () {}, addSubMenu: function () {},
    viewerVersion: 9, viewerType: "Reader", viewerVariation: "Reader", platform: "WIN", language: "ENU", doc: global,
    activeDocs: [global], plugIns: [{ name: "EScript", version: 9 }, { name: "Annots", version: 9 }], fs: {},
    formsVersion: 9, calculate: true, runtimeHighlight: false, focusRect: true, toolbar: true, fullscreen: false,
    thermometer: ghost("thermometer"), constants: ghost("constants"), media: null, printerNames: ["PDF"]
  };
  function keeping(name, members) {
    return new Proxy(members, { get: function (target, key) {
      return key in target || typeof key === "symbol" ? target[key] : ghost(name + "." + key); } });
  }
  var util = {
    printf: function (form) {
      form = String(form);
      // A number of a thousand places and more: older readers wrote them behind their buffer.
      if (/%[0-9.,+ #-]{0,40}[0-9]{4}[0-9.]{0,20}[dfsx]/.test(host.said(form, 2000))) hole("util.printf", form);
      var list = arguments, at = 1;
      return host.said(form, 20000).replace(/%[0-9.,+ #-]{0,20}([dfsx])/g, function (all, kind) {
        var value = list[at++];
        return kind === "x" ? Number(value).toString(16) : kind === "d" ? String(Math.trunc(value)) : String(value); });
    },
    printd: function (form) { return "2026-01-01"; }, printx: function (form, text) { return String(text); },
    scand: function () { return new Date(); },
    byteToChar: function (value) { return String.fromCharCode(value & 255); },
    charToByte: function (text) { return String(text).charCodeAt(0) & 255; }, spansToXML: function () { return ""; },
    stringFromStream: function (stream) { return typeof stream === "string" ? stream : ""; }, streamFromString:
      function (text) { return text; },
    crackURL: function (address) { return { cScheme: "http", cHost: String(address) };
      }, readFileIntoStream: function (path) { note("loads", first(path, "cDIPath")); return ghost("stream"); }
  };
  var collab = {
    collectEmailInfo: function (options) { var text = first(options, "msg"); if (long(text, 1000))
      hole("Collab.collectEmailInfo", text); }, getIcon: function (name) { if (long(name, 200)) hole("Collab.getIcon",
      name); return ghost("icon"); }, isDocReadOnly: function () { return false; }, documentToStream: function () {
      return ghost("stream"); }
  };
  app.media = keeping("media", {});
  var media = { newPlayer: function (options) { if (options === null || options === undefined) hole("media.newPlayer");
    return ghost("player"); }, createPlayer: function () { return ghost("player"); } };
  global.app = keeping("app", app); global.util = keeping("util", util); global.Collab = keeping("Collab", collab);
  global.media = keeping("media", media);
  global.spell = keeping("spell", { customDictionaryOpen: function (path, name) {
    if (long(first(path, "cName"), 200) || long(name, 200)) hole("spell.customDictionaryOpen", String(name)); } });
  global.SOAP = keeping("SOAP", { request: function (options) { return fetches(options, "cURL"); }, connect: fetches });
  global.Net = keeping("Net", { HTTP: { request: fetches }, SOAP: global.SOAP });
  global.ADBC = keeping("ADBC", { newConnection: function (name) { note("loads", "database " + first(name, "cDSN"));
    return ghost("connection"); } });
  global.event = { target: global, name: "Open", type: "Doc", value: "", rc: true, source: global, willCommit: true,
    change: "", targetName: "document.pdf" };
  global.global = keeping("global", { setPersistent: function () {}, subscribe: function () {} });
  global.identity = { name: "user", loginName: "user", email: "", corporation: "" };
  global.console = keeping("console", { println: function () {}, show: function () {}, clear: function () {} });
  ["color", "display", "font", "border", "position", "style", "security", "search", "RSS", "FullScreen", "OCG", "xfa",
    "AFNumber_Format", "AFNumber_Keystroke", "AFDate_Format", "AFDate_FormatEx", "AFDate_Keystroke",
    "AFDate_KeystrokeEx", "AFSpecial_Format", "AFSpecial_Keystroke", "AFSimple_Calculate", "AFRange_Validate",
    "AFPercent_Format", "AFPercent_Keystroke", "AFTime_Format", "AFTime_Keystroke", "AFMakeNumber", "AFSimple",
    "AFExtractNums", "AFMergeChange"].forEach(function (name) { global[name] = ghost(name); });
  Object.getOwnPropertyNames(global).forEach(function (name) { mine[name] = 1; });
})(globalThis);
"""
