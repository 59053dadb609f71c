"""The traced world, written in JavaScript: the log, what must not run for ever, the clock, `eval` and `Function`.

Nothing in it leads out of the engine: it writes down what is asked of it and answers with what sounds right.
"""

from __future__ import annotations

# What is written down lies in objects without prototype, through functions taken before the script could change them.
CORE = r"""
var host = (function (global) {
  var bind = Function.prototype.bind, call = Function.prototype.call;
  var uncurry = bind.bind(call);
  var slice = uncurry(String.prototype.slice), lower = uncurry(String.prototype.toLowerCase);
  var apply = uncurry(Function.prototype.apply), push = uncurry(Array.prototype.push);
  var split = uncurry(String.prototype.split), join = uncurry(Array.prototype.join);
  var wellFormed = uncurry(String.prototype.toWellFormed);
  var own = uncurry(Object.prototype.hasOwnProperty);
  var text = String, create = Object.create, NativeFunction = Function, nativeEval = eval, NativeDate = Date;
  var construct = Reflect.construct, define = Object.defineProperty, NativeProxy = Proxy;
  var parse = JSON.parse, this_host = create(null);
  var log = create(null), count = 0, room = 1500000, waiting = [], quit = { toString: function () { return "quit"; } };

  function said(value, limit) {
    var out;
    try { out = typeof value === "symbol" ? "symbol" : text(value); } catch (error) { out = "?"; }
    out = wellFormed(slice(out, 0, limit));
    // The bridge to the outside ends text at a NUL: it gets another character for it, from the private ones.
    return out.indexOf("\x00") < 0 ? out : join(split(out, "\x00"), "\ue000");
  }
  // One entry: its kind, what of it people read, and content that may be looked at further. Those of one kind are
  // bounded, so that none hides behind many others.
  var kinds = create(null), known = create(null);
  function note(kind, what, content) {
    if ((kinds[kind] || 0) >= 100) return;
    var shown = said(what, 4000), more = content === undefined ? "" : said(content, 400000);
    if (more.length > room) more = "";
    room -= more.length;
    if (more === "") {
      if (kind + shown in known) return;
      known[kind + shown] = 1;
    }
    kinds[kind] = (kinds[kind] || 0) + 1;
    log[count] = kind; log[count + 1] = shown; log[count + 2] = more;
    count += 3;
  }

  // Loops inside of the engine do not look at the time: none of them gets more than this.
  var LENGTH = 5000000;
  function bounded(list) {
    if (list !== null && list !== undefined && list.length > LENGTH) throw new RangeError("Invalid array length");
  }
  Object.getOwnPropertyNames(Array.prototype).forEach(function (name) {
    var native = Array.prototype[name];
    if (typeof native !== "function" || name === "constructor") return;
    define(Array.prototype, name, { configurable: true, writable: true, value: function () {
      bounded(this);
      if (name === "concat") for (var i = 0; i < arguments.length; i++) bounded(arguments[i]);
      return apply(native, this, arguments);
    } });
  });

  // Whoever waits in a loop sees the time pass.
  var now = 1767261600000;
  function VirtualDate() {
    if (!new.target) return text(new NativeDate(now += 500));
    return arguments.length ? construct(NativeDate, arguments, new.target)
      : construct(NativeDate, [now += 500], new.target);
  }
  VirtualDate.prototype = NativeDate.prototype;
  VirtualDate.prototype.constructor = VirtualDate;
  VirtualDate.now = function () { return now += 500; };
  VirtualDate.parse = NativeDate.parse;
  VirtualDate.UTC = NativeDate.UTC;
  global.Date = VirtualDate;

  // `eval(` of the script itself stays the engine's own, which sees local variables; its text comes by `__seen`.
  define(global, "__seen", { set: function (code) { if (typeof code === "string") note("evaluates", code, code); } });
  function tracedEval(code) {
    if (typeof code === "string") note("evaluates", code, code);
    return nativeEval(code);
  }
  function tracedFunction() {
    if (arguments.length) {
      var body = said(arguments[arguments.length - 1], 400000);
      note("evaluates", body, body);
    }
    return apply(NativeFunction, undefined, arguments);
  }
  tracedFunction.prototype = NativeFunction.prototype;
  define(NativeFunction.prototype, "constructor", { configurable: true, writable: true, value: tracedFunction });
  global.__eval = nativeEval;
  global.eval = tracedEval;
  global.Function = tracedFunction;

  function later(task) {
    if (waiting.length < 200 && (typeof task === "function" || typeof task === "string")) push(waiting, task);
    return waiting.length;
  }
  function runWaiting(limit) {
    for (var i = 0; i < limit && waiting.length; i++) {
      var task = waiting.shift();
      try { if (typeof task === "string") tracedEval(task); else apply(task, global, [ghost("event")]); }
      catch (error) { if (error === quit) return; }
    }
  }

  // Something of which nothing is known: whatever is asked of it is another such thing, or empty.
  function ghost(name) {
    return new NativeProxy(function () {}, {
      get: function (target, key) {
        if (key === Symbol.toPrimitive) return function (hint) { return hint === "number" ? 0 : ""; };
        if (key === Symbol.iterator) return function () { return [][Symbol.iterator](); };
        if (typeof key === "symbol" || key === "then") return undefined;
        if (key === "__object") return true;
        if (own(target, key) && key !== "prototype") return target[key];
        if (key === "length" || key === "Count" || key === "count") return 0;
        if (key === "toString" || key === "valueOf" || key === "toJSON") return function () { return ""; };
        return ghost(name + "." + key);
      },
      set: function (target, key, value) {
        if (typeof key === "symbol" || key === "prototype") return true;
        try { define(target, key, { value: value, writable: true, configurable: true }); } catch (error) {}
        return true;
      },
      has: function () { return true; },
      apply: function (target, self, list) {
        for (var i = 0; i < list.length && i < 4; i++) if (typeof list[i] === "function") later(list[i]);
        return ghost(name);
      },
      construct: function () { return ghost(name); }
    });
  }
  // An object of Windows: its members are found whatever their case; what it does not have is a ghost.
  function object(name, members) {
    var state = create(null);
    for (var key in members) state[lower(key)] = members[key];
    return new NativeProxy(function () {}, {
      get: function (target, key) {
        if (key === Symbol.toPrimitive) return function () { return "value" in state ? state.value : ""; };
        if (typeof key === "symbol" || key === "then") return undefined;
        if (key === "__object") return true;
        var small = lower(key);
        if (small in state) return own(GETTERS, small) && typeof state[small] === "object" && state[small] !== null
          && state[small].__get ? state[small].__get(state) : state[small];
        if (small === "tostring" || small === "valueof") return function () { return "[object]"; };
        return ghost(name + "." + key);
      },
      set: function (target, key, value) {
        if (typeof key === "symbol") return true;
        var small = lower(key);
        state[small] = value;
        if (typeof state["set " + small] === "function") state["set " + small](value, state);
        return true;
      },
      has: function (target, key) { return typeof key === "string" && lower(key) in state; },
      apply: function (target, self, list) {
        return typeof state.item === "function" ? apply(state.item, undefined, list) : ghost(name);
      }
    });
  }
  // Members whose value depends on others.
  var GETTERS = { size: 1, nodetypedvalue: 1, count: 1, length: 1, responsetext: 1, responsebody: 1 };
  global.window = global.self = global.top = global.parent = global.frames = global;
  return { own: this_host, note: note, ghost: ghost, object: object, later: later, runWaiting: runWaiting,
    quit: quit, lower: lower,
    pass: function (milliseconds) { now += milliseconds > 0 ? +milliseconds : 0; }, said: said,
    reader: function (index, given) {
      if (index === -3) { this_host.setElements(parse(given)); return 0; }
      if (index === -2) { runWaiting(60); if (this_host.look) this_host.look(); return 0; }
      return index < 0 ? count : log[index];
    } };
})(globalThis);
"""
