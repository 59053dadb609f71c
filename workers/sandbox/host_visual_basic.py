"""What Visual Basic has besides Windows Script Host: operators and functions, for scripts that became JavaScript."""

from __future__ import annotations

VISUAL_BASIC = r"""
(function (global) {
  var note = host.note, ghost = host.ghost, lower = host.lower;
  function text(x) { return x === null || x === undefined ? "" : x === true ? "True" : x === false ? "False" :
    String(x); }
  function number(x) {
    if (typeof x === "number") return x;
    if (typeof x === "boolean") return x ? -1 : 0;
    var found = text(x).trim().replace(/^&h/i, "0x").replace(/&$/, "");
    return found === "" ? 0 : Number(found);
  }
  function value(x) { return typeof x === "function" && x.__object !== true ? x() : x; }
  function isNumeric(x) { return typeof x === "number" || (text(x).trim() !== "" && !isNaN(number(x))); }
  var vb = {
    call: function (what, list) {
      if (Array.isArray(what)) {
        for (var i = 0; i < list.length && what !== undefined; i++) what = what[number(list[i])];
        return what === undefined ? "" : what;
      }
      if (typeof what === "function") return what.apply(undefined, list);
      return typeof what === "string" && list.length === 0 ? what : "";
    },
    put: function (what, list, to) {
      if (Array.isArray(what)) {
        for (var i = 0; i + 1 < list.length; i++) what = what[number(list[i])] || (what[number(list[i])] = []);
        if (number(list[i]) < 1000000) what[number(list[i])] = to;
      } else if (what && typeof what.add === "function") what.add(list[0], to);
    },
    get: function (what, name) { return what === null || what === undefined || what === "" ? ghost(name) :
      what[name]; },
    set: function (what, name, to) { if (what !== null && what !== undefined && what !== "") what[name] = to; },
    value: value, text: text, number: number,
    cats: function (list) {
      var out = "";
      for (var i = 0; i < list.length; i++) out += text(list[i]);
      return out;
    },
    add: function (a, b) { return typeof a === "string" && typeof b === "string" ? a + b
      : isNumeric(a) && isNumeric(b) ? number(a) + number(b) : text(a) + text(b); },
    eq: function (a, b) { return isNumeric(a) && isNumeric(b) ? number(a) === number(b) : text(a) === text(b); },
    less: function (a, b) { return isNumeric(a) && isNumeric(b) ? number(a) < number(b) : text(a) < text(b); },
    and: function (a, b) { return typeof a === "boolean" && typeof b === "boolean" ? a && b :
      number(a) & number(b); },
    or: function (a, b) { return typeof a === "boolean" && typeof b === "boolean" ? a || b : number(a) | number(b); },
    xor: function (a, b) { return typeof a === "boolean" && typeof b === "boolean" ? a !== b :
      number(a) ^ number(b); },
    not: function (a) { return typeof a === "boolean" ? !a : ~number(a); },
    dim: function (size) { var list = []; for (var i = 0; i <= size && i < 100000; i++) list[i] = ""; return list; },
    error: function (error) { if (error === host.quit || String(error).indexOf("interrupted") >= 0) throw error; },
    list: function (x) { return Array.isArray(x) ? x : []; },
    api: function (name) {
      name = lower(name);
      return function (a, b, c, d) {
        if (/urldownloadto/.test(name)) { note("fetches", "GET " + text(b)); note("writes", text(c)); }
        else if (/shellexecute/.test(name)) note("starts", text(c) + " " + text(d));
        else if (/winexec|createprocess/.test(name)) note("starts", text(a) + " " + text(b));
        else if (/virtualalloc|createthread|rtlmovememory|writeprocessmemory/.test(name)) note("creates", name);
        return 0;
      };
    }
  };
  global.$vb = vb;
  function slice(x, from, size) { x = text(x); return size === undefined ? x.slice(from) : x.slice(from,
    from + number(size)); }
  function pieces(x, by, size) { return text(x).split(by === undefined ? " " : text(by), size > 0 ? size :
    undefined); }
  function chr(x) { return String.fromCharCode(number(x) & 65535); }
  function code(x) { return text(x).charCodeAt(0) || 0; }
  function whole(x) { var n = number(x), floor = Math.floor(n); return n - floor === 0.5 ? floor + (floor & 1) :
    Math.round(n); }
  function run(source) { note("evaluates", source, source); return ""; }
  function starts(line) { note("starts", line); return 1; }
  var FUNCTIONS = {
    chr: chr, chrw: chr, chrb: chr, asc: code, ascw: code, ascb: code, cstr: text, str: text, cvar: value,
    strreverse: function (x) { return text(x).split("").reverse().join(""); },
    replace: function (x, what, by) { what = text(what); return what === "" ? text(x) :
      text(x).split(what).join(text(by)); },
    split: pieces, join: function (list, by) { return vb.list(list).map(text).join(by === undefined ? " " :
      text(by)); },
    mid: function (x, from, size) { return slice(x, number(from) - 1, size); },
    midb: function (x, from, size) { return slice(x, number(from) - 1, size); },
    left: function (x, size) { return text(x).slice(0, number(size)); },
    right: function (x, size) { size = number(size); return size > 0 ? text(x).slice(-size) : ""; },
    lcase: function (x) { return text(x).toLowerCase(); }, ucase: function (x) { return text(x).toUpperCase(); },
    trim: function (x) { return text(x).trim(); }, ltrim: function (x) { return text(x).trimStart(); },
    rtrim: function (x) { return text(x).trimEnd(); }, len: function (x) { return text(x).length; },
    lenb: function (x) { return text(x).length * 2; },
    instr: function (a, b, c) { return c === undefined ? text(a).indexOf(text(b)) + 1
      : text(b).indexOf(text(c), number(a) - 1) + 1; },
    instrrev: function (a, b) { return text(a).lastIndexOf(text(b)) + 1; },
    clng: whole, cint: whole, cbyte: whole, cdbl: number, csng: number, ccur: number, val: function (x) {
      return parseFloat(text(x).replace(/^\s*&h/i, "0x")) || number(x) || 0; },
    cbool: function (x) { return !!number(x); }, int: function (x) { return Math.floor(number(x)); },
    fix: function (x) { return Math.trunc(number(x)); }, abs: function (x) { return Math.abs(number(x)); },
    sgn: function (x) { return Math.sign(number(x)); }, sqr: function (x) { return Math.sqrt(number(x)); },
    rnd: function () { return 0.5; }, randomize: function () {}, round: whole, exp: Math.exp, log: Math.log,
    hex: function (x) { return whole(x).toString(16).toUpperCase(); }, oct: function (x) {
      return whole(x).toString(8); },
    array: function () { return [].slice.call(arguments); }, ubound: function (x) { return vb.list(x).length - 1; },
    lbound: function () { return 0; }, isarray: Array.isArray, isnumeric: isNumeric,
    isempty: function (x) { return x === "" || x === undefined; }, isnull: function (x) { return x === null; },
    isobject: function (x) { return typeof x === "function"; }, typename: function (x) { return typeof x; },
    string: function (size, x) { return (typeof x === "number" ? chr(x) :
      text(x).charAt(0)).repeat(Math.min(number(size), 100000)); },
    space: function (size) { return " ".repeat(Math.min(number(size), 100000)); },
    strcomp: function (a, b) { return text(a) === text(b) ? 0 : 1; }, strconv: function (x) { return text(x); },
    now: function () { return new Date(); }, date: function () { return new Date(); }, timer: function () {
      return Date.now() / 1000 % 86400; }, time: function () { return new Date(); }, year: function () {
        return 2026; },
    dateadd: function () { return new Date(); }, datediff: function () { return 100000; }, day: function () {
      return 3; },
    hour: function () { return 10; }, minute: function () { return 30; }, second: function () { return 15; },
    msgbox: function (words) { note("shows", words); return 6; }, inputbox: function (words) { note("shows",
      words); return "1"; },
    createobject: function (name) { return host.make(name); }, getobject: function (a, b) {
      return host.getObject(a || b); },
    execute: run, executeglobal: run, eval: run, shell: starts, callbyname: function (what, name, kind, a, b) {
      return vb.call(vb.get(what, text(name)), [a, b]); },
    environ: function (name) { return host.make("wscript.shell").expandenvironmentstrings("%" + text(name) + "%"); },
    iif: function (condition, a, b) { return condition ? a : b; }, choose: function (at) {
      return arguments[number(at)]; },
    doevents: function () {}, freefile: function () { return 1; }, filelen: function () { return 65536; },
    dir: function () { return ""; }, kill: function (path) { note("deletes", path); }, mkdir: function () {},
    setattr: function () {}, curdir: function () { return "C:\\Users\\user\\Documents"; }, escape: escape,
    unescape: unescape, getref: function (x) { return x; }, filecopy: function (from, to) { note("writes", to); },
    regexp: ghost("regexp"), err: ghost("err"), scriptengine: function () { return "VBScript"; },
    vbcrlf: "\r\n", vbnewline: "\r\n", vbcr: "\r", vblf: "\n", vbtab: "\t", vbnullstring: "", vbnullchar: "\x00",
    vbhide: 0, vbnormalfocus: 1, vbhidden: 2, nothing: null, empty: "", "null": null, "true": true, "false": false,
    wscript: global.WScript, wsh: global.WScript, document: global.document, window: global, self: global,
    application: ghost("application"), activedocument: ghost("document"), thisdocument: ghost("document"),
    activeworkbook: ghost("workbook"), thisworkbook: ghost("workbook"), me: ghost("me"), userform1: ghost("form"),
    close: function () {}, location: ghost("location"), navigator: ghost("navigator")
  };
  for (var name in FUNCTIONS) global["$" + name] = FUNCTIONS[name];
})(globalThis);
"""
