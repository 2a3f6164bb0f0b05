import { BareFault, LUA, LuaFault, REGISTRY, type HostFunction, type LuaStack } from "./lua-stack.ts";
import type { ProtectedTables } from "./protected-tables.ts";
import type { Random48 } from "./random48.ts";

/** The functions of Lua's base library that scripts get in another form than Lua has them. */

const BYTECODE = "\u001b";
/** Bytes that `load` gathers from its function. */
const CHUNK_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that `string.rep` may make at once. */
const REPEATED_BYTES_MAX = 64 * 1024 * 1024;
const GC_COLLECT = 2;
const GC_COUNT = 3;
const GC_STEP = 5;

/** A C function of Lua by name, as it was before it was replaced. */
export type OriginalFunction = (name: string) => number;

export function baseFunctions(
  stack: LuaStack,
  tables: ProtectedTables,
  original: OriginalFunction,
): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const nextPointer = original("next");
  const guardedNext = stack.functionPointer(tables.reading(nextPointer));
  return {
    rawset: tables.refusing(original("rawset")),
    setmetatable: tables.refusing(original("setmetatable")),
    rawget: tables.reading(original("rawget")),
    next: tables.reading(nextPointer),
    pairs(state) {
      api.luaL_checktype(state, 1, LUA.table);
      // For every other table Lua's own `next` runs, with nothing in between.
      api.lua_pushcclosure(state, tables.isProtected(state, 1) ? guardedNext : nextPointer, 0);
      api.lua_pushvalue(state, 1);
      api.lua_pushnil(state);
      return 3;
    },
    /** Redis' own: an error that is a table with `err` arrives as that text. */
    pcall(state) {
      api.luaL_checkany(state, 1);
      const count = api.lua_gettop(state);
      if (api.lua_pcall(state, count - 1, -1, 0) === 0) {
        api.lua_pushboolean(state, 1);
        api.lua_insert(state, 1);
        return api.lua_gettop(state);
      }
      api.lua_pushboolean(state, 0);
      api.lua_insert(state, -2);
      if (api.lua_type(state, -1) === LUA.table) {
        stack.rawField(state, -1, "err");
        if (api.lua_isstring(state, -1) === 0) stack.pop(state);
      }
      api.lua_pushboolean(state, 0);
      api.lua_insert(state, -2);
      return 2;
    },
    loadstring(state) {
      const code = stack.checkString(state, 1);
      const name = api.lua_type(state, 2) <= LUA.nil ? code : stack.checkString(state, 2);
      return compile(stack, state, code, name);
    },
    load(state) {
      api.luaL_checktype(state, 1, LUA.function);
      const name = api.lua_type(state, 2) <= LUA.nil ? "=(load)" : stack.checkString(state, 2);
      let code = "";
      for (;;) {
        stack.reserve(state, 3);
        api.lua_pushvalue(state, 1);
        api.lua_call(state, 0, 1);
        const type = api.lua_type(state, -1);
        if (type !== LUA.nil && type !== LUA.string) throw new LuaFault("reader function must return a string");
        const piece = type === LUA.nil ? "" : stack.string(state, -1)!;
        stack.pop(state);
        if (piece === "") break;
        code += piece;
        if (code.length > CHUNK_BYTES_MAX) throw new LuaFault("not enough memory");
      }
      return compile(stack, state, code, name);
    },
    /** What stops or tunes the collector would outlive the script: those answer 0 and do nothing. */
    collectgarbage(state) {
      const option = api.lua_type(state, 1) <= LUA.nil ? "collect" : stack.checkString(state, 1);
      switch (option) {
        case "count":
          api.lua_pushnumber(state, api.lua_gc(state, GC_COUNT, 0));
          return 1;
        case "collect":
          api.lua_pushnumber(state, api.lua_gc(state, GC_COLLECT, 0));
          return 1;
        case "step":
          api.lua_pushboolean(state, api.lua_gc(state, GC_STEP, api.luaL_optinteger(state, 2, 0)));
          return 1;
        case "stop":
        case "restart":
        case "setpause":
        case "setstepmul":
          api.lua_pushnumber(state, 0);
          return 1;
        default:
          return stack.argumentError(state, 1, `invalid option '${option}'`);
      }
    },
  };
}

/** Pushes the compiled chunk, or nil and why not: what `loadstring` answers. Bytecode is not verified by Lua, so it is refused. */
function compile(stack: LuaStack, state: number, code: string, name: string): number {
  if (loadChunk(stack, state, code, name)) return 1;
  stack.api.lua_pushnil(state);
  stack.api.lua_insert(state, -2);
  return 2;
}

/** Pushes a compiled chunk and answers true; or pushes Lua's message and answers false. */
export function loadChunk(stack: LuaStack, state: number, code: string, name: string): boolean {
  const { api, machine } = stack;
  if (code.startsWith(BYTECODE)) {
    stack.pushString(state, `${chunkLabel(name)}:1: unexpected symbol near 'char(27)'`);
    return false;
  }
  const codeAt = api.malloc(code.length + 1);
  const nameAt = api.malloc(name.length + 1);
  if (codeAt === 0 || nameAt === 0) throw new BareFault("not enough memory");
  machine.bytes.latin1Write(code, codeAt);
  machine.bytes.latin1Write(name, nameAt);
  machine.bytes[nameAt + name.length] = 0;
  const status = api.luaL_loadbuffer(state, codeAt, code.length, nameAt);
  api.free(codeAt);
  api.free(nameAt);
  return status === 0;
}

function chunkLabel(name: string): string {
  if (name.startsWith("@") || name.startsWith("=")) return name.slice(1);
  return `[string "${name.split(/[\n\0]/u)[0]!.slice(0, 40)}"]`;
}

export function mathFunctions(
  stack: LuaStack,
  random: Random48,
  running: () => boolean,
): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const check = (name: string): void => {
    if (!running()) throw new LuaFault(`math.${name} can only be called inside a script invocation`);
  };
  return {
    random(state) {
      check("random");
      const drawn = random.next();
      const count = api.lua_gettop(state);
      if (count > 2) throw new LuaFault("wrong number of arguments");
      if (count === 0) {
        api.lua_pushnumber(state, drawn);
        return 1;
      }
      const low = count === 1 ? 1 : api.luaL_checkinteger(state, 1);
      const high = api.luaL_checkinteger(state, count);
      if (low > high) stack.argumentError(state, count, "interval is empty");
      api.lua_pushnumber(state, Math.floor(drawn * (high - low + 1)) + low);
      return 1;
    },
    randomseed(state) {
      check("randomseed");
      random.seed(api.luaL_checkinteger(state, 1));
      return 0;
    },
  };
}

/** `string.rep`, refused at once where its result could not fit. */
export function boundedRepeat(stack: LuaStack, pointer: number): HostFunction {
  const { api } = stack;
  const original = stack.machine.functionAt(pointer);
  return (state) => {
    if (api.lua_type(state, 1) === LUA.string && api.lua_type(state, 2) === LUA.number) {
      const bytes = api.lua_objlen(state, 1) * api.lua_tonumber(state, 2);
      if (bytes > REPEATED_BYTES_MAX) throw new BareFault("not enough memory");
      if (bytes > 0) stack.worked(bytes / 256);
    }
    return original(state);
  };
}

/** The address of a C function that is a field of the table on top of the stack. */
export function functionField(stack: LuaStack, state: number, name: string): number {
  stack.rawField(state, -1, name);
  const pointer = stack.api.lua_tocfunction(state, -1);
  stack.pop(state);
  return pointer;
}

/** Puts functions, numbers and strings into the table on top of the stack. */
export function fillTable(
  stack: LuaStack,
  state: number,
  fields: Readonly<Record<string, HostFunction | number | string>>,
): void {
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === "number") stack.api.lua_pushnumber(state, field);
    else if (typeof field === "string") stack.pushString(state, field);
    else stack.pushFunction(state, field);
    stack.setField(state, -2, name);
  }
}

/** Keeps a value for ever: pops it, answers its reference. */
export function keep(stack: LuaStack, state: number): number {
  return stack.api.luaL_ref(state, REGISTRY);
}
