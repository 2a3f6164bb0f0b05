import type { BinaryString } from "../../base/bytes.ts";
import { LuaFault, type LuaStack } from "../lua/lua-stack.ts";
import type { JsonOptions } from "./json-options.ts";
import { JsonTokens } from "./json-tokens.ts";

/** JSON text as Lua values on the stack, with cjson's error texts. `null` is the null light userdata, `cjson.null`. */
export class JsonDecoder {
  readonly #stack: LuaStack;
  readonly #options: JsonOptions;
  readonly #tokens: JsonTokens;
  #depth = 0;

  constructor(stack: LuaStack, options: JsonOptions, text: BinaryString) {
    this.#stack = stack;
    this.#options = options;
    this.#tokens = new JsonTokens(text, options.decodeInvalidNumbers);
    if (text.length >= 2 && (text[0] === "\0" || text[1] === "\0")) {
      throw new LuaFault("JSON parser does not support UTF-16 or UTF-32");
    }
  }

  /** Pushes the value. Throws LuaFault. */
  decode(state: number): void {
    this.#tokens.next();
    this.#value(state);
    if (this.#tokens.next() !== "T_END") this.#expected("the end");
  }

  #value(state: number): void {
    const { api } = this.#stack;
    const tokens = this.#tokens;
    this.#stack.worked(1);
    switch (tokens.type) {
      case "T_STRING":
        this.#stack.pushString(state, tokens.string);
        return;
      case "T_NUMBER":
        api.lua_pushnumber(state, tokens.number);
        return;
      case "T_BOOLEAN":
        api.lua_pushboolean(state, tokens.boolean ? 1 : 0);
        return;
      case "T_NULL":
        api.lua_pushlightuserdata(state, 0);
        return;
      case "T_OBJ_BEGIN":
        this.#descend(state, 3);
        this.#object(state);
        this.#depth--;
        return;
      case "T_ARR_BEGIN":
        this.#descend(state, 2);
        this.#array(state);
        this.#depth--;
        return;
      default:
        this.#expected("value");
    }
  }

  #object(state: number): void {
    const tokens = this.#tokens;
    this.#stack.newTable(state);
    let type = tokens.next();
    while (type !== "T_OBJ_END") {
      if (type !== "T_STRING") this.#expected("object key string");
      this.#stack.pushString(state, tokens.string);
      if (tokens.next() !== "T_COLON") this.#expected("colon");
      tokens.next();
      this.#value(state);
      this.#stack.api.lua_rawset(state, -3);
      type = tokens.next();
      if (type === "T_OBJ_END") return;
      if (type !== "T_COMMA") this.#expected("comma or object end");
      type = tokens.next();
      if (type !== "T_STRING") this.#expected("object key string");
    }
  }

  #array(state: number): void {
    const tokens = this.#tokens;
    this.#stack.newTable(state);
    if (tokens.next() === "T_ARR_END") return;
    for (let index = 1; ; index++) {
      this.#value(state);
      this.#stack.api.lua_rawseti(state, -2, index);
      const type = tokens.next();
      if (type === "T_ARR_END") return;
      if (type !== "T_COMMA") this.#expected("comma or array end");
      tokens.next();
    }
  }

  #descend(state: number, slots: number): void {
    this.#depth++;
    if (this.#depth <= this.#options.decodeDepthMax && this.#stack.api.lua_checkstack(state, slots) !== 0) return;
    throw new LuaFault(`Found too many nested data structures (${this.#depth}) at character ${this.#tokens.at}`);
  }

  #expected(what: string): never {
    const { type, string, index } = this.#tokens;
    const found = type === "T_ERROR" ? string : type;
    throw new LuaFault(`Expected ${what} but found ${found} at character ${index + 1}`);
  }
}
