import type { BinaryString } from "../../base/bytes.ts";
import { LUA, LuaFault, type LuaStack } from "../lua/lua-stack.ts";

const PACKED_BYTES_MAX = 128 * 1024 * 1024;
/** Tables deeper than this become nil, as in Redis' library. */
const NESTING_MAX = 16;
const of = String.fromCharCode;
const scratch = Buffer.alloc(9);

/** Lua values as MessagePack, choosing the forms that Redis' cmsgpack chooses. */
export class MessagePackEncoder {
  readonly #stack: LuaStack;
  #out = "";

  constructor(stack: LuaStack) {
    this.#stack = stack;
  }

  /** The value at the top of the stack; it stays there. */
  encode(state: number): BinaryString {
    this.#out = "";
    this.#value(state, 0);
    return this.#out;
  }

  #value(state: number, level: number): void {
    const { api } = this.#stack;
    this.#stack.worked(1);
    if (this.#out.length > PACKED_BYTES_MAX) throw new LuaFault("not enough memory");
    switch (api.lua_type(state, -1)) {
      case LUA.string:
        this.#string(this.#stack.string(state, -1)!);
        return;
      case LUA.boolean:
        this.#out += api.lua_toboolean(state, -1) === 0 ? "\xc2" : "\xc3";
        return;
      case LUA.number:
        this.#out += packedNumber(api.lua_tonumber(state, -1));
        return;
      case LUA.table:
        if (level === NESTING_MAX) this.#out += "\xc0";
        else this.#table(state, level + 1);
        return;
      default:
        this.#out += "\xc0";
    }
  }

  #string(text: BinaryString): void {
    const { length } = text;
    if (length < 32) this.#out += of(0xa0 | length);
    else if (length < 256) this.#out += `\xd9${of(length)}`;
    else this.#out += length < 65_536 ? `\xda${u16(length)}` : `\xdb${u32(length)}`;
    this.#out += text;
  }

  #table(state: number, level: number): void {
    const { api } = this.#stack;
    this.#stack.reserve(state, 3);
    const { items, isArray } = this.#survey(state);
    if (isArray) {
      this.#out += sized(items, 16, 0x90, "\xdc", "\xdd");
      for (let index = 1; index <= items; index++) {
        api.lua_rawgeti(state, -1, index);
        this.#value(state, level);
        this.#stack.pop(state);
      }
      return;
    }
    this.#out += sized(items, 16, 0x80, "\xde", "\xdf");
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      api.lua_pushvalue(state, -2);
      this.#value(state, level);
      this.#stack.pop(state);
      this.#value(state, level);
      this.#stack.pop(state);
    }
  }

  /** An array has the keys 1 to n and no others; a table without keys is one. */
  #survey(state: number): { readonly items: number; readonly isArray: boolean } {
    const { api } = this.#stack;
    let items = 0;
    let max = 0;
    let integers = true;
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      const key = api.lua_type(state, -2) === LUA.number ? api.lua_tonumber(state, -2) : 0;
      if (!(Number.isInteger(key) && key > 0)) integers = false;
      else if (key > max) max = key;
      items++;
      this.#stack.worked(1);
      this.#stack.pop(state);
    }
    return { items, isArray: integers && max === items };
  }
}

function sized(count: number, below: number, fixed: number, two: string, four: string): BinaryString {
  if (count < below) return of(fixed | count);
  return count < 65_536 ? two + u16(count) : four + u32(count);
}

/** 2^63 and beyond do not fit an integer; -0 is the integer 0. */
function packedNumber(value: number): BinaryString {
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) return packedInteger(value);
  if (Math.fround(value) === value || Number.isNaN(value)) {
    scratch.writeFloatBE(value);
    // C's default NaN is negative where Lua computes one.
    return `\xca${scratch.latin1Slice(0, 4)}`;
  }
  scratch.writeDoubleBE(value);
  return `\xcb${scratch.latin1Slice(0, 8)}`;
}

function packedInteger(value: number): BinaryString {
  if (value >= 0) {
    if (value < 128) return of(value);
    if (value < 256) return `\xcc${of(value)}`;
    if (value < 65_536) return `\xcd${u16(value)}`;
    if (value < 2 ** 32) return `\xce${u32(value)}`;
    scratch.writeBigUInt64BE(BigInt(value));
    return `\xcf${scratch.latin1Slice(0, 8)}`;
  }
  if (value >= -32) return of(value & 0xff);
  if (value >= -128) return `\xd0${of(value & 0xff)}`;
  if (value >= -32_768) return `\xd1${u16(value & 0xffff)}`;
  if (value >= -(2 ** 31)) return `\xd2${u32(value >>> 0)}`;
  scratch.writeBigInt64BE(BigInt(value));
  return `\xd3${scratch.latin1Slice(0, 8)}`;
}

function u16(value: number): BinaryString {
  return of(value >> 8, value & 0xff);
}

function u32(value: number): BinaryString {
  return of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}
