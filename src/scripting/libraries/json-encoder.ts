import type { BinaryString } from "../../base/bytes.ts";
import { LUA, LuaFault, type LuaStack } from "../lua/lua-stack.ts";
import { formatGeneral } from "./format-number.ts";
import type { JsonOptions } from "./json-options.ts";

/** Bytes of one encoded text: what a script may build outside Lua's memory. */
const TEXT_BYTES_MAX = 128 * 1024 * 1024;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /["\\/\u0000-\u001f\u007f]/gu;
const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Lua values as JSON text, byte for byte as cjson 2.1 writes it: `/` and DEL escaped, an empty table an object. */
export class JsonEncoder {
  readonly #stack: LuaStack;
  readonly #options: JsonOptions;
  #out = "";

  constructor(stack: LuaStack, options: JsonOptions) {
    this.#stack = stack;
    this.#options = options;
  }

  /** The value at the top of the stack; it stays there. Throws LuaFault. */
  encode(state: number): BinaryString {
    this.#out = "";
    this.#value(state, 0);
    const text = this.#out;
    this.#out = "";
    return text;
  }

  #value(state: number, depth: number): void {
    const { api } = this.#stack;
    const type = api.lua_type(state, -1);
    this.#stack.worked(1);
    if (this.#out.length > TEXT_BYTES_MAX) throw new LuaFault("not enough memory");
    if (type === LUA.string) this.#out += quoted(this.#stack.string(state, -1)!);
    else if (type === LUA.number) this.#out += this.#number(api.lua_tonumber(state, -1));
    else if (type === LUA.boolean) this.#out += api.lua_toboolean(state, -1) === 0 ? "false" : "true";
    else if (type === LUA.table) this.#table(state, depth + 1);
    else if (type === LUA.nil || (type === LUA.lightUserdata && api.lua_touserdata(state, -1) === 0))
      this.#out += "null";
    else throw new LuaFault(`Cannot serialise ${this.#stack.typeName(state, -1)}: type not supported`);
  }

  #table(state: number, depth: number): void {
    const { api } = this.#stack;
    if (depth > this.#options.encodeDepthMax || api.lua_checkstack(state, 3) === 0) {
      throw new LuaFault(`Cannot serialise, excessive nesting (${depth})`);
    }
    const length = this.#arrayLength(state);
    if (length > 0) this.#array(state, length, depth);
    else this.#object(state, depth);
  }

  #array(state: number, length: number, depth: number): void {
    this.#out += "[";
    for (let index = 1; index <= length; index++) {
      if (index > 1) this.#out += ",";
      this.#stack.api.lua_rawgeti(state, -1, index);
      this.#value(state, depth);
      this.#stack.pop(state);
    }
    this.#out += "]";
  }

  #object(state: number, depth: number): void {
    const { api } = this.#stack;
    let separator = "{";
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      const keyType = api.lua_type(state, -2);
      this.#out += separator;
      separator = ",";
      if (keyType === LUA.number) this.#out += `"${this.#number(api.lua_tonumber(state, -2))}":`;
      else if (keyType === LUA.string) this.#out += `${quoted(this.#stack.string(state, -2)!)}:`;
      else {
        const key = this.#stack.typeName(state, -2);
        throw new LuaFault(`Cannot serialise ${key}: table key must be a number or string`);
      }
      this.#value(state, depth);
      this.#stack.pop(state);
    }
    this.#out += separator === "{" ? "{}" : "}";
  }

  /** The length of a table that is an array; -1 when it has other keys, or so few of so many that it is an object. */
  #arrayLength(state: number): number {
    const { api } = this.#stack;
    const { sparseConvert, sparseRatio, sparseSafe } = this.#options;
    let max = 0;
    let items = 0;
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      const key = api.lua_type(state, -2) === LUA.number ? api.lua_tonumber(state, -2) : 0;
      if (!(Number.isInteger(key) && key >= 1)) {
        this.#stack.pop(state, 2);
        return -1;
      }
      if (key > max) max = key;
      items++;
      this.#stack.worked(1);
      this.#stack.pop(state);
    }
    if (sparseRatio > 0 && max > items * sparseRatio && max > sparseSafe) {
      if (!sparseConvert) throw new LuaFault("Cannot serialise table: excessively sparse array");
      return -1;
    }
    return max;
  }

  #number(value: number): string {
    const { invalidNumbers, precision } = this.#options;
    if (!Number.isFinite(value)) {
      if (invalidNumbers === "null") return "null";
      if (invalidNumbers === "off") throw new LuaFault("Cannot serialise number: must not be NaN or Inf");
      if (Number.isNaN(value)) return "nan";
    }
    return formatGeneral(value, precision);
  }
}

function quoted(text: BinaryString): BinaryString {
  const escaped = text.replaceAll(
    SPECIAL,
    (character) => NAMED[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
