import { ErrorHandler } from "./error-handler.ts";
import { bitLibrary } from "./libraries/bit-library.ts";
import { jsonLibrary } from "./libraries/json-library.ts";
import { messagePackLibrary } from "./libraries/message-pack-library.ts";
import { structLibrary } from "./libraries/struct-library.ts";
import { baseFunctions, boundedRepeat, fillTable, functionField, keep, mathFunctions } from "./lua/base-functions.ts";
import { GLOBALS, LUA, LuaFault, LuaStack, REGISTRY, type HostFunction } from "./lua/lua-stack.ts";
import { patternFunctions, type PatternWatch } from "./lua/pattern-functions.ts";
import { ProtectedTables } from "./lua/protected-tables.ts";
import { Random48 } from "./lua/random48.ts";
import { LuaMachine } from "./lua/wasm-module.ts";
import { loggingLibrary, redisLibrary, type RedisLibraryHost } from "./redis-library.ts";

/** Base functions that scripts get as Lua has them. What is neither here nor wrapped is unreachable. */
const BASE = [
  "assert",
  "error",
  "gcinfo",
  "ipairs",
  "rawequal",
  "select",
  "tonumber",
  "tostring",
  "type",
  "unpack",
  "xpcall",
  "_VERSION",
];

/** Indexes of the stack: the table in which KEYS and ARGV are set, those two names, the error handler. */
export const SLOT = { globals: 1, keys: 2, argv: 3, handler: 4 } as const;

type Fields = Readonly<Record<string, HostFunction | number | string>>;

export interface LuaWorldParts {
  readonly memoryBytesMax: number;
  readonly host: RedisLibraryHost;
  readonly patterns: PatternWatch;
  /** Makes `redis.register_function`, which libraries see while they are loaded. */
  readonly register: (stack: LuaStack) => HostFunction;
}

/**
 * One Lua state, set up as Redis sets up its own: the globals that a script sees are a protected table over the allowed ones,
 * which answers "nonexistent global variable" for every other name. Functions have globals of their own (no KEYS, no ARGV), and
 * while a library is loaded only a small `redis` table.
 *
 * What every run needs stays at the bottom of its stack, see SLOT.
 */
export class LuaWorld {
  readonly machine: LuaMachine;
  readonly stack: LuaStack;
  readonly tables: ProtectedTables;
  readonly state: number;
  readonly errors: ErrorHandler;
  readonly #host: RedisLibraryHost;
  readonly #patterns: PatternWatch;
  /** What scripts may reach, by name: references in the registry. */
  readonly #allowed = new Map<string, number>();
  readonly #refuseName: number;
  readonly #functionGlobals: number;
  /** Its `__index` decides what the functions' globals are. */
  readonly #functionMetatable: number;
  readonly #functionReal: number;
  readonly #loadingReal: number;

  constructor({ memoryBytesMax, host, patterns, register }: LuaWorldParts) {
    this.#host = host;
    this.#patterns = patterns;
    this.machine = new LuaMachine(memoryBytesMax);
    this.stack = new LuaStack(this.machine);
    this.tables = new ProtectedTables(this.stack);
    this.errors = new ErrorHandler(this.stack, this.tables);
    const { api } = this.machine;
    this.state = api.luaL_newstate();
    api.luaL_openlibs(this.state);
    this.#refuseName = this.stack.functionPointer((state) => this.#nonexistent(state));
    this.#allowBase();
    this.#allowLibraries();
    const scripts = this.#newGlobals();
    api.lua_replace(this.state, GLOBALS);
    this.#functionReal = this.#newGlobals();
    api.lua_getmetatable(this.state, -1);
    this.#functionMetatable = keep(this.stack, this.state);
    this.#functionGlobals = keep(this.stack, this.state);
    this.#loadingReal = this.#newLoadingGlobals(register(this.stack));
    api.lua_settop(this.state, 0);
    api.lua_rawgeti(this.state, REGISTRY, scripts);
    this.stack.pushString(this.state, "KEYS");
    this.stack.pushString(this.state, "ARGV");
    api.lua_pushcclosure(this.state, this.machine.functionPointer(this.errors.handle, "function"), 0);
  }

  /** Empties the stack but for its fixed slots. */
  clear(): void {
    this.machine.api.lua_settop(this.state, SLOT.handler);
  }

  /** Gives the function on top of the stack the functions' globals. */
  setFunctionGlobals(): void {
    this.machine.api.lua_rawgeti(this.state, REGISTRY, this.#functionGlobals);
    this.machine.api.lua_setfenv(this.state, -2);
  }

  /** While a library is loaded the functions' globals are another, smaller set. */
  loading(begin: boolean): void {
    const { api } = this.machine;
    api.lua_rawgeti(this.state, REGISTRY, this.#functionMetatable);
    api.lua_rawgeti(this.state, REGISTRY, begin ? this.#loadingReal : this.#functionReal);
    this.stack.setField(this.state, -2, "__index");
    this.stack.pop(this.state);
  }

  #allowBase(): void {
    const { stack, state, tables } = this;
    for (const name of BASE) this.#allowField(name);
    const original = (name: string): number => {
      stack.rawField(state, GLOBALS, name);
      const pointer = this.machine.api.lua_tocfunction(state, -1);
      stack.pop(state);
      return pointer;
    };
    for (const [name, call] of Object.entries(baseFunctions(stack, tables, original))) {
      stack.pushFunction(state, call);
      this.#allow(name);
    }
    // Strings share one metatable, and what getmetatable shows of it is protected: see #allowLibraries.
    this.#allowField("getmetatable");
  }

  #allowLibraries(): void {
    const { stack, state, tables } = this;
    this.#protectField("string", {
      ...patternFunctions(stack, (name) => this.#libraryFunction("string", name), this.#patterns),
      rep: boundedRepeat(stack, this.#libraryFunction("string", "rep")),
    });
    this.#protectField("table", { insert: tables.refusing(this.#libraryFunction("table", "insert")) });
    this.#protectField(
      "math",
      mathFunctions(stack, new Random48(), () => this.#host.calls !== null),
    );
    this.#protectField("coroutine", {});
    this.#protectStringMetatable();
    this.#protectNew("bit", bitLibrary(stack));
    this.#protectNew("struct", structLibrary(stack));
    this.#protectNew("cmsgpack", {
      ...messagePackLibrary(stack),
      _NAME: "cmsgpack",
      _VERSION: "lua-cmsgpack 0.4.0",
      _COPYRIGHT: "Copyright (C) 2012, Redis Ltd.",
      _DESCRIPTION: "MessagePack C implementation for Lua",
    });
    this.#pushJson(jsonLibrary(stack, (_state, functions) => this.#pushJson(functions)));
    tables.protect(state);
    this.#allow("cjson");
    this.#protectNew("redis", redisLibrary(stack, this.#host));
  }

  /** Pops a value that scripts may reach by this name. */
  #allow(name: string): void {
    this.#allowed.set(name, keep(this.stack, this.state));
  }

  #allowField(name: string): void {
    this.stack.rawField(this.state, GLOBALS, name);
    this.#allow(name);
  }

  #protectField(name: string, changed: Fields): void {
    this.stack.rawField(this.state, GLOBALS, name);
    fillTable(this.stack, this.state, changed);
    this.tables.protect(this.state);
    this.#allow(name);
  }

  #protectNew(name: string, fields: Fields): void {
    this.stack.newTable(this.state);
    fillTable(this.stack, this.state, fields);
    this.tables.protect(this.state);
    this.#allow(name);
  }

  #libraryFunction(library: string, name: string): number {
    this.stack.rawField(this.state, GLOBALS, library);
    const pointer = functionField(this.stack, this.state, name);
    this.stack.pop(this.state);
    return pointer;
  }

  #pushJson(functions: Readonly<Record<string, HostFunction>>): void {
    this.stack.newTable(this.state);
    fillTable(this.stack, this.state, { ...functions, _NAME: "cjson", _VERSION: "2.1.0" });
    this.machine.api.lua_pushlightuserdata(this.state, 0);
    this.stack.setField(this.state, -2, "null");
  }

  #protectStringMetatable(): void {
    const { stack, state } = this;
    const { api } = this.machine;
    stack.pushString(state, "");
    api.lua_getmetatable(state, -1);
    this.#pushProtectedMetatable(() => api.lua_rawgeti(state, REGISTRY, this.#allowed.get("string")!));
    stack.setField(state, -2, "__metatable");
    stack.pop(state, 2);
  }

  /** Pushes what getmetatable shows: a protected table with an `__index`. */
  #pushProtectedMetatable(pushIndex: () => void): void {
    this.stack.newTable(this.state);
    pushIndex();
    this.stack.setField(this.state, -2, "__index");
    this.tables.protect(this.state);
  }

  /** Pushes a protected table of everything that is allowed; other names are refused. Answers the real one's reference. */
  #newGlobals(): number {
    const { stack, state } = this;
    const { api } = this.machine;
    stack.newTable(state);
    for (const [name, reference] of this.#allowed) {
      api.lua_rawgeti(state, REGISTRY, reference);
      stack.setField(state, -2, name);
    }
    this.#refuseUnknown();
    const real = this.tables.protect(state, () => {
      this.#pushProtectedMetatable(() => api.lua_pushcclosure(state, this.#refuseName, 0));
    });
    api.lua_rawgeti(state, REGISTRY, real);
    api.lua_pushvalue(state, -2);
    stack.setField(state, -2, "_G");
    stack.pop(state);
    return real;
  }

  #newLoadingGlobals(register: HostFunction): number {
    const { stack, state } = this;
    stack.newTable(state);
    stack.newTable(state);
    fillTable(stack, state, { register_function: register, ...loggingLibrary(stack, this.#host) });
    this.#refuseUnknown();
    this.tables.protect(state);
    stack.setField(state, -2, "redis");
    this.#refuseUnknown();
    return keep(stack, state);
  }

  /** Names that the table on top of the stack does not have are an error. */
  #refuseUnknown(): void {
    const { stack, state } = this;
    stack.newTable(state);
    this.machine.api.lua_pushcclosure(state, this.#refuseName, 0);
    stack.setField(state, -2, "__index");
    this.machine.api.lua_setmetatable(state, -2);
  }

  #nonexistent(state: number): number {
    const type = this.machine.api.lua_type(state, 2);
    if (type !== LUA.string && type !== LUA.number) {
      throw new LuaFault("Second argument to luaProtectedTableError must be a string or number");
    }
    throw new LuaFault(`Script attempted to access nonexistent global variable '${this.stack.string(state, 2)!}'`);
  }
}
