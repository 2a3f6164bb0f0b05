import type { BinaryString } from "../../base/bytes.ts";
import { LuaFault, type LuaStack } from "../lua/lua-stack.ts";

const MISSING = "Missing bytes in input.";
/** Containers inside containers; beyond it Lua's own stack ends. */
const NESTING_MAX = 2000;

/** MessagePack as Lua values on the stack. Lengths are checked against what is left before anything is made of them. */
export class MessagePackDecoder {
  readonly #stack: LuaStack;
  readonly #bytes: Buffer;
  #at: number;

  constructor(stack: LuaStack, text: BinaryString, offset: number) {
    this.#stack = stack;
    this.#bytes = Buffer.from(text, "latin1");
    this.#at = offset;
  }

  get offset(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Pushes the next value. Throws LuaFault. */
  value(state: number, depth = 0): void {
    const { api } = this.#stack;
    this.#stack.worked(1);
    if (api.lua_checkstack(state, 3) === 0 || depth > NESTING_MAX) {
      throw new LuaFault("too many return values at once; use unpack_one or unpack_limit instead.");
    }
    const tag = this.#take(1)[0]!;
    if (tag < 0x80) return api.lua_pushnumber(state, tag);
    if (tag < 0x90) return this.#map(state, tag & 0xf, depth);
    if (tag < 0xa0) return this.#array(state, tag & 0xf, depth);
    if (tag < 0xc0) return this.#string(state, tag & 0x1f);
    if (tag >= 0xe0) return api.lua_pushnumber(state, tag - 256);
    switch (tag) {
      case 0xc0:
        return api.lua_pushnil(state);
      case 0xc2:
      case 0xc3:
        return api.lua_pushboolean(state, tag & 1);
      case 0xd9:
        return this.#string(state, this.#length(1));
      case 0xda:
        return this.#string(state, this.#length(2));
      case 0xdb:
        return this.#string(state, this.#length(4));
      case 0xdc:
        return this.#array(state, this.#length(2), depth);
      case 0xdd:
        return this.#array(state, this.#length(4), depth);
      case 0xde:
        return this.#map(state, this.#length(2), depth);
      case 0xdf:
        return this.#map(state, this.#length(4), depth);
      default:
        return api.lua_pushnumber(state, this.#number(tag));
    }
  }

  #number(tag: number): number {
    switch (tag) {
      case 0xca:
        return this.#take(4).readFloatBE();
      case 0xcb:
        return this.#take(8).readDoubleBE();
      case 0xcc:
        return this.#take(1).readUInt8();
      case 0xcd:
        return this.#take(2).readUInt16BE();
      case 0xce:
        return this.#take(4).readUInt32BE();
      case 0xcf:
        // Signed here too: Lua's integers are, where Redis' library asks for an unsigned one.
        return Number(this.#take(8).readBigInt64BE());
      case 0xd0:
        return this.#take(1).readInt8();
      case 0xd1:
        return this.#take(2).readInt16BE();
      case 0xd2:
        return this.#take(4).readInt32BE();
      case 0xd3:
        return Number(this.#take(8).readBigInt64BE());
      default:
        throw new LuaFault("Bad data format in input.");
    }
  }

  #string(state: number, length: number): void {
    this.#stack.pushString(state, this.#take(length).latin1Slice());
  }

  #array(state: number, length: number, depth: number): void {
    this.#stack.newTable(state);
    for (let index = 1; index <= length; index++) {
      this.value(state, depth + 1);
      this.#stack.api.lua_rawseti(state, -2, index);
    }
  }

  #map(state: number, length: number, depth: number): void {
    this.#stack.newTable(state);
    for (let index = 0; index < length; index++) {
      this.value(state, depth + 1);
      this.value(state, depth + 1);
      // A key that is nil or not a number is Lua's own error.
      this.#stack.api.lua_rawset(state, -3);
    }
  }

  #length(bytes: 1 | 2 | 4): number {
    return this.#take(bytes).readUIntBE(0, bytes);
  }

  #take(bytes: number): Buffer {
    if (bytes > this.#bytes.length - this.#at) throw new LuaFault(MISSING);
    const view = this.#bytes.subarray(this.#at, this.#at + bytes);
    this.#at += bytes;
    return view;
  }
}
