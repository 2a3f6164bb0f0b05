import type { BinaryString } from "../../base/bytes.ts";
import { bytesToString } from "../../resp/short-string.ts";
import type { LuaApi, LuaMachine } from "./wasm-module.ts";

/** Lua's types, as `lua_type` numbers them. */
export const LUA = {
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
} as const;

const TYPE_NAMES = ["nil", "boolean", "userdata", "number", "string", "table", "function", "userdata", "thread"];

export const REGISTRY = -10_000;
export const GLOBALS = -10_002;

/** What a function of ours does: reads its arguments from the stack, pushes results, answers how many. */
export type HostFunction = (state: number) => number;

/** Thrown by host functions: becomes a Lua error whose message begins with the script's position, as luaL_error's do. */
export class LuaFault extends Error {
  override readonly name = "LuaFault";
}

/** Thrown by host functions: becomes a Lua error with this message alone. */
export class BareFault extends Error {
  override readonly name = "BareFault";
}

/** Thrown by host functions: becomes a Lua error that is a table `{err = message}`, as Redis' own functions raise them. */
export class RaisedReply extends Error {
  override readonly name = "RaisedReply";
}

const SCRATCH_BYTES = 64 * 1024;
const SHORT_WRITE_BYTES = 24;
/** Units of work (values, about) between two looks at the clock. */
const WORK_UNITS = 20_000;
/** Bytes copied that count as one unit. */
const BYTES_A_UNIT = 256;

/** Values between JavaScript and Lua's stack. Strings are binary strings: one character a byte. */
export class LuaStack {
  readonly machine: LuaMachine;
  readonly api: LuaApi;
  readonly #scratch: number;
  readonly #lengthAt: number;
  readonly #constants = new Map<string, number>();
  /** Called by libraries that loop outside Lua, now and then: where a run may be ended. */
  onWork: () => void = () => {};
  #work = 0;

  constructor(machine: LuaMachine) {
    this.machine = machine;
    this.api = machine.api;
    this.#lengthAt = machine.api.malloc(8);
    this.#scratch = machine.api.malloc(SCRATCH_BYTES);
  }

  pushString(state: number, text: BinaryString): void {
    const { length } = text;
    const { machine } = this;
    const long = length > SCRATCH_BYTES;
    if (long) this.worked(length / BYTES_A_UNIT);
    const at = long ? this.api.malloc(length) : this.#scratch;
    if (at === 0) throw new LuaFault("not enough memory");
    if (length <= SHORT_WRITE_BYTES) {
      const { bytes } = machine;
      for (let index = 0; index < length; index++) bytes[at + index] = text.charCodeAt(index);
    } else {
      machine.bytes.latin1Write(text, at);
    }
    if (!long) {
      this.api.lua_pushlstring(state, at, length);
      return;
    }
    try {
      this.api.lua_pushlstring(state, at, length);
    } finally {
      this.api.free(at);
    }
  }

  /** A string or number as its string (a number on the stack becomes one); null for anything else. */
  string(state: number, index: number): BinaryString | null {
    const at = this.api.lua_tolstring(state, index, this.#lengthAt);
    return at === 0 ? null : this.#read(at, this.machine.u32(this.#lengthAt));
  }

  /** The argument, a string or a number; anything else is Lua's error for it. */
  checkString(state: number, argument: number): BinaryString {
    const at = this.api.luaL_checklstring(state, argument, this.#lengthAt);
    return this.#read(at, this.machine.u32(this.#lengthAt));
  }

  /** A C string's pointer; made once for each text. */
  constant(text: string): number {
    let pointer = this.#constants.get(text);
    if (pointer === undefined) {
      pointer = this.machine.constant(text);
      this.#constants.set(text, pointer);
    }
    return pointer;
  }

  /** Counts work done outside Lua, where its own counting hook does not see it. */
  worked(units: number): void {
    this.#work += units;
    if (this.#work < WORK_UNITS) return;
    this.#work = 0;
    this.onWork();
  }

  pop(state: number, count = 1): void {
    this.api.lua_settop(state, -count - 1);
  }

  newTable(state: number): void {
    this.api.lua_createtable(state, 0, 0);
  }

  /** `table[name] = top`, pops it; no metamethods. `index` is the table's, counted while the value is on the stack. */
  setField(state: number, index: number, name: string): void {
    const table = index < 0 && index > REGISTRY ? index - 1 : index;
    this.pushString(state, name);
    this.api.lua_insert(state, -2);
    this.api.lua_rawset(state, table);
  }

  /** Pushes `table[name]`; no metamethods. */
  rawField(state: number, index: number, name: string): void {
    this.pushString(state, name);
    this.api.lua_rawget(state, index < 0 && index > REGISTRY ? index - 1 : index);
  }

  typeName(state: number, index: number): string {
    return TYPE_NAMES[this.api.lua_type(state, index)] ?? "no value";
  }

  /** Room for `slots` more values; Lua's error when there is none. */
  reserve(state: number, slots: number): void {
    if (this.api.lua_checkstack(state, slots) === 0) throw new LuaFault("stack overflow (too many values)");
  }

  /** Fails like luaL_argerror: "bad argument #1 to 'name' (reason)". Never returns. */
  argumentError(state: number, argument: number, reason: string): never {
    this.pushString(state, reason);
    this.api.luaL_argerror(state, argument, this.api.lua_tolstring(state, -1, 0));
    throw new LuaFault(reason);
  }

  /** A host function as Lua's C function: what it throws as LuaFault or RaisedReply is raised. */
  functionPointer(call: HostFunction): number {
    return this.machine.functionPointer((state) => {
      try {
        return call(state);
      } catch (error) {
        return this.#raise(state, error);
      }
    }, "function");
  }

  /** Pushes a host function. */
  pushFunction(state: number, call: HostFunction): void {
    this.api.lua_pushcclosure(state, this.functionPointer(call), 0);
  }

  #raise(state: number, error: unknown): number {
    if (error instanceof LuaFault) {
      this.api.luaL_where(state, 1);
      this.pushString(state, error.message);
      this.api.lua_concat(state, 2);
      return this.api.lua_error(state);
    }
    if (error instanceof BareFault) {
      this.pushString(state, error.message);
      return this.api.lua_error(state);
    }
    if (error instanceof RaisedReply) {
      this.newTable(state);
      this.pushString(state, error.message);
      this.setField(state, -2, "err");
      return this.api.lua_error(state);
    }
    // A long jump on its way, or something that only a new machine mends.
    throw error;
  }

  #read(at: number, length: number): BinaryString {
    if (length > SCRATCH_BYTES) this.worked(length / BYTES_A_UNIT);
    return bytesToString(this.machine.bytes, at, length);
  }
}
