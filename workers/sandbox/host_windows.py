"""Windows Script Host as the traced world has it: WScript, ActiveXObject, files, network, processes."""

from __future__ import annotations

WINDOWS = r"""
(function (global) {
  var note = host.note, object = host.object, ghost = host.ghost, lower = host.lower;
  var FOLDERS = { "%temp%": "C:\\Users\\user\\AppData\\Local\\Temp", "%tmp%": "C:\\Users\\user\\AppData\\Local\\Temp",
    "%appdata%": "C:\\Users\\user\\AppData\\Roaming", "%localappdata%": "C:\\Users\\user\\AppData\\Local",
    "%userprofile%": "C:\\Users\\user", "%programdata%": "C:\\ProgramData", "%allusersprofile%": "C:\\ProgramData",
    "%public%": "C:\\Users\\Public", "%windir%": "C:\\Windows", "%systemroot%": "C:\\Windows",
    "%comspec%": "C:\\Windows\\system32\\cmd.exe", "%programfiles%": "C:\\Program Files", "%systemdrive%": "C:",
    "%username%": "user", "%computername%": "DESKTOP-7K2M9", "%userdomain%": "OFFICE", "%os%": "Windows_NT",
    "%processor_architecture%": "AMD64", "%number_of_processors%": "4" };
  function expand(text) {
    return String(text).replace(/%[^%]{1,40}%/g, function (name) { return FOLDERS[lower(name)] || name; });
  }
  // What a server gives: a program, as far as anybody looks; as text, a comment.
  var PROGRAM = "MZ\x90\x00" + new Array(65536).join("\x00"), COMMENT = "//" + new Array(32768).join(" ");

  function request() {
    var method = "GET", url = "";
    var self = object("request", {
      open: function (verb, address) { method = verb; url = String(address); },
      send: function (body) {
        note("fetches", method + " " + url, body);
        if (typeof self.onreadystatechange === "function") try { self.onreadystatechange(); } catch (error) {}
        if (typeof self.onload === "function") try { self.onload(); } catch (error) {}
      },
      setrequestheader: function () {}, settimeouts: function () {}, setoption: function () {}, abort: function () {},
      waitforresponse: function () { return true; }, overridemimetype: function () {},
      getresponseheader: function () { return ""; }, getallresponseheaders: function () { return ""; },
      status: 200, statustext: "OK", readystate: 4, responsetext: COMMENT, responsebody: PROGRAM, response: PROGRAM,
      onreadystatechange: null, onload: null
    });
    return self;
  }
  function stream() {
    var content = "", self = object("stream", {
      open: function () {}, close: function () {}, flush: function () {}, seteos: function () {}, type: 1, mode: 3,
      charset: "", position: 0, state: 1, size: { __get: function () { return content.length; } },
      write: function (data) { content += String(data); }, writetext: function (data) { content += String(data); },
      read: function () { return content || PROGRAM; }, readtext: function () { return content; },
      loadfromfile: function (path) { content = PROGRAM; }, copyto: function (other) { other.write(content); },
      savetofile: function (path) { note("writes", expand(path), content); }
    });
    return self;
  }
  function textFile(path) {
    var first = true;
    function write(data) { note("writes", path, data); first = false; }
    return object("file", { write: write, writeline: write, writeblanklines: function () {}, close: function () {},
      readall: function () { return ""; }, readline: function () { return ""; }, read: function () { return ""; },
      atendofstream: true, atendofline: true, skipline: function () {}, line: 1 });
  }
  function files() {
    var number = 48213;
    function path(text) { return object("path", { path: expand(text), value: expand(text), name: String(text),
      attributes: 0, size: 1024, shortpath: expand(text), shortname: String(text),
      openastextstream: function () { return textFile(text); }, "delete": function () { note("deletes", text); },
      copy: function (to) { note("writes", to); }, move: function (to) { note("writes", to); } }); }
    return object("files", {
      getspecialfolder: function (which) { return path(["C:\\Windows", "C:\\Windows\\System32",
        FOLDERS["%temp%"]][which]
        || "C:\\Windows"); },
      gettempname: function () { return "rad" + (number += 7) + ".tmp"; },
      fileexists: function () { return false; }, folderexists: function () { return true; },
      driveexists: function (name) { return lower(String(name)).charAt(0) === "c"; },
      createtextfile: function (name) { return textFile(expand(name)); },
      opentextfile: function (name) { return textFile(expand(name)); },
      deletefile: function (name) { note("deletes", expand(name)); },
      deletefolder: function (name) { note("deletes", expand(name)); },
      copyfile: function (from, to) { note("writes", expand(to) + " from " + expand(from)); },
      movefile: function (from, to) { note("writes", expand(to) + " from " + expand(from)); },
      copyfolder: function (from, to) { note("writes", expand(to) + " from " + expand(from)); },
      createfolder: function (name) { return path(name); }, getfile: path, getfolder: path, getdrive: path,
      buildpath: function (a, b) { return String(a) + "\\" + String(b); },
      getfilename: function (name) { return String(name).replace(/.*[\\\/]/, ""); },
      getbasename: function (name) { return String(name).replace(/.*[\\\/]/, "").replace(/\.[^.]*$/, ""); },
      getextensionname: function (name) { return String(name).replace(/.*\./, ""); },
      getparentfoldername: function (name) { return String(name).replace(/[\\\/][^\\\/]*$/, ""); },
      getabsolutepathname: function (name) { return expand(name); }
    });
  }
  function starts(line) { note("starts", expand(line)); }
  function shell() {
    return object("shell", {
      run: function (line) { starts(line); return 0; },
      exec: function (line) { starts(line); return object("process", { status: 1, exitcode: 0, processid: 4711,
        stdout: textFile("stdout"), stderr: textFile("stderr"), stdin: ghost("stdin"), terminate:
          function () {} }); },
      expandenvironmentstrings: expand, currentdirectory: "C:\\Users\\user\\Downloads",
      environment: function () { return object("environment", { item: function (name) {
        return FOLDERS["%" + lower(String(name)) + "%"] || ""; } }); },
      specialfolders: function (name) { return "C:\\Users\\user\\" + String(name); },
      regwrite: function (key, value) { note("registers", key + " = " + host.said(value, 2000)); },
      regdelete: function (key) { note("registers", key + " deleted"); }, regread: function () { return ""; },
      popup: function (words) { note("shows", words); return 1; }, sendkeys: function () {},
      appactivate: function () { return true; }, logevent: function () { return true; },
      createshortcut: function (path) {
        var self = object("shortcut", { targetpath: "", arguments: "",
          save: function () { note("writes", expand(path) + " -> " + self.targetpath + " " + self.arguments); } });
        return self;
      }
    });
  }
  function application() {
    return object("application", {
      shellexecute: function (program, list) { starts(program + (list === undefined ? "" : " " + list)); },
      open: function (what) { starts(what); }, explore: function (what) { starts(what); },
      namespace: function (folder) { return object("folder", { self: ghost("self"), items: function () {
        return ghost("items"); }, copyhere: function (what) { note("writes", folder + " from " + host.said(what,
          300)); },
        movehere: function () {}, parsename: function () { return ghost("item"); } }); },
      isserviceRunning: function () { return false; }, windows: function () { return ghost("windows"); }
    });
  }
  function wmi(path) {
    function get(name) {
      return object("class", { create: function (line) { starts(line); return 0; }, spawninstance_: function () {
        return ghost("instance"); }, methods_: ghost("methods"), execmethod_: function (method, input) {
        starts(input && input.CommandLine); return ghost("result"); } });
    }
    function ask(query) { note("asks system", query); return ghost("rows"); }
    if (/win32_process(?!or)/i.test(path)) return get(path);
    return object("wmi", { get: get, execquery: ask, instancesof: ask, execnotificationquery: ask,
      connectserver: function () { return wmi(""); }, security_: ghost("security") });
  }
  function dictionary() {
    var keys = [], values = [];
    function at(key) { return keys.indexOf(key); }
    return object("dictionary", {
      add: function (key, value) { keys.push(key); values.push(value); }, exists: function (key) {
        return at(key) >= 0; },
      item: function (key) { return values[at(key)]; }, keys: function () { return keys; },
      items: function () { return values; }, removeall: function () { keys = []; values = []; },
      remove: function (key) { var i = at(key); if (i >= 0) { keys.splice(i, 1); values.splice(i, 1); } },
      count: { __get: function () { return keys.length; } }
    });
  }
  function documentOfXml() {
    function element() {
      return object("element", { datatype: "", text: "", getelementsbytagname: function () { return ghost("nodes"); },
        "set nodetypedvalue": function (value, state) {
          state.text = lower(String(state.datatype)) === "bin.base64" ? global.btoa(value) : value; },
        nodetypedvalue: { __get: function (state) {
          var kind = lower(String(state.datatype)), text = String(state.text);
          if (kind === "bin.hex") return text.replace(/[^0-9a-f]/gi, "").replace(/../g, function (pair) {
            return String.fromCharCode(parseInt(pair, 16)); });
          return kind === "bin.base64" ? global.atob(text) : text; } } });
    }
    return object("xml", { createelement: element, loadxml: function () { return true; }, documentelement: element(),
      load: function (url) { note("fetches", "GET " + url); return true; }, async: false,
      transformnode: function (sheet) { note("evaluates", "a style sheet"); return ""; } });
  }
  function scriptControl() {
    function run(code) { note("evaluates", code, code); }
    return object("script", { addcode: run, eval: run, executestatement: run, run: run, language: "" });
  }
  function browser() {
    return object("browser", { navigate: function (url) { note("fetches", "GET " + url); }, readystate: 4, busy:
      false,
      navigate2: function (url) { note("fetches", "GET " + url); }, quit: function () {}, visible: false });
  }
  function scheduler() {
    return object("scheduler", { connect: function () {}, newtask: function () { return ghost("task"); },
      getfolder: function () { return object("folder", { registertask: function (name, xml) { note("persists",
        name, xml); },
        registertaskdefinition: function (name) { note("persists", "task " + name); return ghost("task"); } }); } });
  }
  var MAKERS = [[/xmlhttp|winhttp\.winhttprequest/, request], [/^adodb\.stream/, stream], [/filesystemobject/, files],
    [/^wscript\.shell/, shell], [/^shell\.application/, application], [/^scripting\.dictionary/, dictionary],
    [/wbemscripting/, wmi], [/dom(?:document)?(?:\.|$)|xmldom/, documentOfXml], [/scriptcontrol/, scriptControl],
    [/^internetexplorer/, browser], [/^schedule\.service/, scheduler], [/^wscript\.network/, function () {
      return object("network", { computername: "DESKTOP-7K2M9", username: "user", userdomain: "OFFICE",
        mapnetworkdrive: function () {}, enumnetworkdrives: function () { return ghost("drives"); } }); }]];
  function make(name) {
    var known = lower(host.said(name, 200));
    note("creates", known);
    for (var i = 0; i < MAKERS.length; i++) if (MAKERS[i][0].test(known)) return MAKERS[i][1](known);
    return ghost(known);
  }
  function getObject(name) {
    var known = lower(host.said(name, 300));
    if (/^winmgmts/.test(known)) { note("creates", known); return wmi(known); }
    if (/^script:/.test(known)) { note("fetches", "GET " + host.said(name, 4000).slice(7)); return ghost("script"); }
    return make(name);
  }
  global.ActiveXObject = function (name) { return make(name); };
  global.GetObject = getObject;
  global.WScript = global.WSH = object("WScript", {
    createobject: make, getobject: getObject, quit: function () { throw host.quit; }, name: "Windows Script Host",
    sleep: function (milliseconds) { host.pass(milliseconds); note("sleeps", milliseconds); }, version: "5.812",
    echo: function (words) { note("shows", words); }, scriptfullname: "C:\\Users\\user\\Downloads\\document.js",
    scriptname: "document.js", fullname: "C:\\Windows\\System32\\wscript.exe", path: "C:\\Windows\\System32",
    interactive: true, timeout: 0, disconnectobject: function () {}, connectobject: function () {},
    arguments: object("arguments", { length: 0, count: function () { return 0; }, item: function () { return ""; },
      named: ghost("named"), unnamed: ghost("unnamed") }),
    stdout: textFile("stdout"), stderr: textFile("stderr"), stdin: textFile("stdin")
  });
  global.Enumerator = function () { this.atEnd = function () { return true; }; this.item = function () {
    return ghost("item"); }; this.moveNext = this.moveFirst = function () {}; };
  global.VBArray = function (list) { this.toArray = function () { return list || []; }; };
  global.CollectGarbage = function () {};
  global.ScriptEngine = function () { return "JScript"; };
  global.ScriptEngineMajorVersion = function () { return 5; };
  global.ScriptEngineMinorVersion = function () { return 8; };
  global.ScriptEngineBuildVersion = function () { return 16384; };
  host.make = make; host.request = request; host.getObject = getObject;
})(globalThis);
"""
