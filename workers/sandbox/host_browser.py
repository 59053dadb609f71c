"""A browser as the traced world has it: document, location, Blob, timers."""

from __future__ import annotations

BROWSER = r"""
(function (global) {
  var note = host.note, ghost = host.ghost, later = host.later;
  var LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", VALUES = Object.create(null);
  for (var i = 0; i < 64; i++) VALUES[LETTERS.charAt(i)] = i;
  global.atob = function (text) {
    text = String(text);
    var out = [], bits = 0, held = 0;
    for (var i = 0; i < text.length; i++) {
      var value = VALUES[text.charAt(i)];
      if (value === undefined) continue;
      held = (held << 6 | value) & 0xffffff; bits += 6;
      if (bits >= 8) { bits -= 8; out.push(String.fromCharCode(held >> bits & 255)); }
    }
    return out.join("");
  };
  global.btoa = function (text) {
    text = String(text);
    var out = "";
    for (var i = 0; i < text.length; i += 3) {
      var a = text.charCodeAt(i) & 255, b = text.charCodeAt(i + 1) & 255, c = text.charCodeAt(i + 2) & 255;
      out += LETTERS.charAt(a >> 2) + LETTERS.charAt((a & 3) << 4 | b >> 4)
        + (i + 1 < text.length ? LETTERS.charAt((b & 15) << 2 | c >> 6) : "=")
        + (i + 2 < text.length ? LETTERS.charAt(c & 63) : "=");
    }
    return out;
  };
  function bytes(part) {
    if (part instanceof Blob) return part.content;
    if (part instanceof ArrayBuffer) part = new Uint8Array(part);
    if (part && part.buffer instanceof ArrayBuffer) {
      var view = new Uint8Array(part.buffer, part.byteOffset, part.byteLength), out = [];
      for (var i = 0; i < view.length && i < 400000; i++) out.push(String.fromCharCode(view[i]));
      return out.join("");
    }
    return String(part);
  }
  function Blob(parts, options) {
    this.content = ""; this.type = options && options.type || "";
    for (var i = 0; parts && i < parts.length; i++) this.content += bytes(parts[i]);
    this.size = this.content.length;
    this.text = function () { return Promise.resolve(this.content); };
    this.arrayBuffer = function () { return Promise.resolve(new ArrayBuffer(this.size)); };
  }
  var built = Object.create(null), number = 0;
  function URL(address) { this.href = String(address); this.searchParams = ghost("parameters");
    this.toString = function () { return this.href; }; }
  URL.createObjectURL = function (blob) {
    var name = "blob:null/" + (++number);
    built[name] = blob && blob.content || "";
    return name;
  };
  URL.revokeObjectURL = function () {};
  global.Blob = Blob;
  global.File = function (parts, name, options) { Blob.call(this, parts, options); this.name = name; };
  global.File.prototype = Blob.prototype;
  global.URL = global.webkitURL = URL;
  function saves(name, address) {
    address = String(address);
    if (address in built) note("saves", name || "without a name", built[address]);
    else if (/^data:/i.test(address)) {
      var comma = address.indexOf(","), body = address.slice(comma + 1);
      note("saves", name || "without a name", /;base64/i.test(address.slice(0, comma)) ? atob(body) : unescape(body));
    } else return false;
    return true;
  }
  function goes(address) {
    address = String(address);
    if (/^javascript:/i.test(address)) later(address.slice(11));
    else if (!saves("", address) && address !== "" && address.charAt(0) !== "#") note("navigates", address);
  }
  var page = "https://page.example/";
  var place = new Proxy({}, {
    get: function (target, key) {
      if (key === "replace" || key === "assign") return goes;
      if (key === Symbol.toPrimitive || key === "toString") return function () { return page; };
      if (key === "hash" || key === "search") return "";
      if (key === "reload") return function () {};
      return key === "href" ? page : key === "protocol" ? "https:" : key === "pathname" ? "/"
        : key === "host" || key === "hostname" ? "page.example" : key === "origin" ? "https://page.example" :
          undefined;
    },
    set: function (target, key, value) { if (key === "href" || key === "pathname") goes(value); return true; }
  });
  var PLACE = { configurable: true, get: function () { return place; }, set: goes };
  Object.defineProperty(global, "location", PLACE);

  function element(tag, given) {
    var state = Object.create(null);
    for (var name in given) state[name] = given[name];
    tag = String(tag).toLowerCase();
    state.tagname = tag.toUpperCase();
    function set(key, value) {
      key = host.lower(String(key));
      state[key] = value;
      if (key === "innerhtml" || key === "outerhtml" || key === "srcdoc") note("shows", value, value);
      else if (key === "src" || (key === "data" && tag === "object") || (key === "href" && tag === "link")) {
        if (!/^(?:blob|data):/i.test(String(value))) note("loads", tag + " " + value);
      }
      else if ((key === "text" || key === "textcontent") && tag === "script") { note("evaluates", value, value); }
    }
    function click() {
      if (state.href !== undefined && !saves(state.download, state.href)) {
        if (state.download !== undefined) note("fetches", "GET " + state.href); else goes(state.href);
      }
      if (typeof state.onclick === "function") later(state.onclick);
    }
    return new Proxy(function () {}, {
      get: function (target, key) {
        if (key === Symbol.toPrimitive) return function () { return ""; };
        if (typeof key === "symbol" || key === "then") return undefined;
        switch (key) {
          case "click": return click;
          case "dispatchEvent": return function () { click(); return true; };
          case "setAttribute": return set;
          case "getAttribute": return function (name) { var value = state[host.lower(String(name))];
            return value === undefined ? null : value; };
          case "submit": case "requestSubmit": return function () { note("sends", state.action || page); };
          case "appendChild": case "append": case "insertBefore": case "prepend": case "removeChild":
            return function (child) { return child; };
          case "addEventListener": case "attachEvent": return function (name, task) { later(task); };
          case "getContext": return function () { return ghost("context"); };
        }
        var small = host.lower(key);
        if (small in state) return state[small];
        if (small === "innerhtml" && "textcontent" in state) return state.textcontent;
        if (small === "innerhtml" || small === "value" || small === "innertext" || small === "textcontent") return "";
        return ghost(tag + "." + key);
      },
      set: function (target, key, value) { if (typeof key === "string") set(key, value); return true; },
      has: function () { return true; }
    });
  }
  var known = Object.create(null);
  // Elements that stand in the page: their attributes are there, and nobody has done anything yet.
  host.own.setElements = function (list) {
    for (var i = 0; i < list.length; i++) known[list[i].id] = element(list[i].tag, list[i]);
  };
  function byId(id) { id = String(id).replace(/^#/, ""); return known[id] || (known[id] = element("div")); }
  function several() { return [element("div")]; }
  var page_document = {
    write: function () { for (var i = 0; i < arguments.length; i++) note("shows", arguments[i], arguments[i]); },
    createElement: element, createElementNS: function (space, tag) { return element(tag); },
    createTextNode: function (words) { return ghost("text"); }, getElementById: byId, querySelector: byId,
    getElementsByTagName: several, getElementsByClassName: several, getElementsByName: several,
    querySelectorAll: several, addEventListener: function (name, task) { later(task); },
    attachEvent: function (name, task) { later(task); }, body: element("body"), head: element("head"),
    documentElement: element("html"), cookie: "", referrer: "", title: "", readyState: "complete", forms: several(),
    currentScript: element("script"), open: function () {}, close: function () {}, URL: page, domain: "page.example",
    createEvent: function () { return ghost("event"); }, hidden: false, scripts: several(), links: several()
  };
  page_document.writeln = page_document.write;
  Object.defineProperty(page_document, "location", PLACE);
  global.document = new Proxy(page_document, { get: function (target, key) {
    return key in target || typeof key === "symbol" ? target[key] : ghost("document." + key); } });
  global.open = function (address) { if (address) goes(address); return ghost("window"); };
  global.setTimeout = global.setInterval = global.requestAnimationFrame = global.setImmediate = later;
  global.clearTimeout = global.clearInterval = global.cancelAnimationFrame = function () {};
  global.addEventListener = global.attachEvent = function (name, task) { later(task); };
  global.removeEventListener = global.postMessage = global.close = global.resizeTo = global.moveTo = function () {};
  global.alert = function (words) { note("shows", words); };
  global.confirm = function (words) { note("shows", words); return true; };
  global.prompt = function (words) { note("shows", words); return "1"; };
  global.fetch = function (address, options) {
    note("fetches", (options && options.method || "GET") + " " + (address && address.url || address));
    return Promise.resolve({ ok: true, status: 200, text: function () { return Promise.resolve(""); },
      json: function () { return Promise.resolve(ghost("answer")); }, blob: function () {
      return Promise.resolve(new Blob([""])); }, arrayBuffer: function () {
        return Promise.resolve(new ArrayBuffer(0)); } });
  };
  global.XMLHttpRequest = function () { return host.request(); };
  global.navigator = { userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    + "Chrome/142.0.0.0 Safari/537.36", platform: "Win32", language: "en-US", languages: ["en-US"], cookieEnabled:
      true,
    webdriver: false, plugins: [1, 2, 3], appName: "Netscape", onLine: true,
    msSaveOrOpenBlob: function (blob, name) { note("saves", name, blob && blob.content); return true; },
    sendBeacon: function (address) { note("fetches", "POST " + address); return true; } };
  global.navigator.msSaveBlob = global.navigator.msSaveOrOpenBlob;
  function store() { var kept = Object.create(null); return { getItem: function (key) {
    return key in kept ? kept[key] : null; },
    setItem: function (key, value) { kept[key] = String(value); }, removeItem: function () {}, clear:
      function () {} }; }
  global.localStorage = store(); global.sessionStorage = store();
  global.console = { log: function () {}, error: function () {}, warn: function () {}, info: function () {},
    debug: function () {}, clear: function () {} };
  global.screen = { width: 1920, height: 1080, availWidth: 1920, availHeight: 1040, colorDepth: 24 };
  global.innerWidth = 1920; global.innerHeight = 940; global.outerWidth = 1920; global.outerHeight = 1040;
  global.history = ghost("history"); global.performance = { now: function () { return Date.now() % 100000; } };
  global.Image = function () { return element("img"); };
  global.TextDecoder = function () { this.decode = function (view) {
    try { return decodeURIComponent(escape(bytes(view))); } catch (error) { return bytes(view); } }; };
  global.TextEncoder = function () { this.encode = function (text) {
    return Uint8Array.from(unescape(encodeURIComponent(text)), function (c) { return c.charCodeAt(0); }); }; };
  ["MouseEvent", "Event", "CustomEvent", "FormData", "Worker", "WebSocket", "MutationObserver", "URLSearchParams",
    "DOMParser", "FileReader", "Notification", "crypto", "$", "jQuery"].forEach(function (name) {
    global[name] = ghost(name); });
})(globalThis);
"""
