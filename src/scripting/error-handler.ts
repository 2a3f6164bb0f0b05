import { LUA, type LuaStack } from "./lua/lua-stack.ts";
import type { ProtectedTables } from "./lua/protected-tables.ts";

/** lua_Debug of Lua 5.1 on a 32-bit machine. */
const DEBUG_BYTES = 100;
const WHAT_AT = 12;
const SOURCE_AT = 16;
const LINE_AT = 20;

/** Where a function of a script stands. */
interface Place {
  readonly source: string;
  readonly line: number;
}

/** Asks Lua where it is; turns errors into `{err, source, line}`, as Redis' error handler does. */
export class ErrorHandler {
  readonly #stack: LuaStack;
  readonly #tables: ProtectedTables;
  readonly #record: number;
  readonly #what: number;

  constructor(stack: LuaStack, tables: ProtectedTables) {
    this.#stack = stack;
    this.#tables = tables;
    this.#record = stack.machine.api.malloc(DEBUG_BYTES);
    this.#what = stack.constant("nSl");
  }

  /** The handler of the protected call: the error in, the table out. */
  readonly handle = (state: number): number => {
    const stack = this.#stack;
    const { api } = stack;
    const place = this.placeOf(state, 1);
    if (api.lua_type(state, 1) !== LUA.table) {
      const text = stack.string(state, 1) ?? (api.lua_type(state, 1) === LUA.nil ? "nil" : stack.typeName(state, 1));
      stack.newTable(state);
      stack.pushString(state, `ERR ${text}`);
      stack.setField(state, -2, "err");
      api.lua_replace(state, 1);
    }
    if (place !== null && !this.#tables.isProtected(state, 1)) {
      stack.pushString(state, place.source);
      stack.setField(state, 1, "source");
      api.lua_pushnumber(state, place.line);
      stack.setField(state, 1, "line");
    }
    api.lua_settop(state, 1);
    return 1;
  };

  /** The function at `level`, or what called it when that is not Lua. */
  placeOf(state: number, level: number): Place | null {
    const { api, machine } = this.#stack;
    for (const at of [level, level + 1]) {
      if (api.lua_getstack(state, at, this.#record) === 0) return null;
      api.lua_getinfo(state, this.#what, this.#record);
      if (this.#text(machine.u32(this.#record + WHAT_AT)) === "C" && at === level) continue;
      return {
        source: this.#text(machine.u32(this.#record + SOURCE_AT)),
        line: machine.i32(this.#record + LINE_AT),
      };
    }
    return null;
  }

  #text(pointer: number): string {
    const { bytes } = this.#stack.machine;
    return bytes.latin1Slice(pointer, bytes.indexOf(0, pointer));
  }
}
