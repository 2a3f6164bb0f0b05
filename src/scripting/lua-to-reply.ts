import { LUA, LuaFault, type LuaStack } from "./lua/lua-stack.ts";
import { ReplyError } from "../resp/reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  SetReply,
  Status,
  VerbatimReply,
  type Reply,
} from "../resp/reply.ts";

/** Values in one reply: tables that hold one another twice would be endless. */
const REPLY_VALUES_MAX = 4 * 1024 * 1024;
/** Tables in tables: what is sent and read back by recursion. */
const REPLY_DEPTH_MAX = 1000;

/** What a script returned, as Redis answers it. `three`: the script asked for RESP3 by `redis.setresp(3)`. */
export class ReplyReader {
  readonly #stack: LuaStack;
  #values = 0;

  constructor(stack: LuaStack) {
    this.#stack = stack;
  }

  /** The value at the top of the stack, which stays there. Throws LuaFault where it has no end. */
  read(state: number, three: boolean): Reply {
    this.#values = 0;
    return this.#value(state, three, 0);
  }

  #value(state: number, three: boolean, depth: number): Reply {
    const stack = this.#stack;
    const { api } = stack;
    if (++this.#values > REPLY_VALUES_MAX) throw new LuaFault("the reply has too many values");
    switch (api.lua_type(state, -1)) {
      case LUA.string:
        return stack.string(state, -1)!;
      case LUA.number:
        return toInteger(api.lua_tonumber(state, -1));
      case LUA.boolean: {
        const value = api.lua_toboolean(state, -1) !== 0;
        if (three) return new BooleanReply(value);
        return value ? 1 : null;
      }
      case LUA.table:
        stack.worked(1);
        if (depth >= REPLY_DEPTH_MAX || api.lua_checkstack(state, 5) === 0) {
          return new ReplyError("ERR", "reached lua stack limit");
        }
        return this.#table(state, three, depth + 1);
      default:
        return null;
    }
  }

  #table(state: number, three: boolean, depth: number): Reply {
    const stack = this.#stack;
    const { api } = stack;
    // Most tables are arrays: asked first, and still an error or a status when they have that field.
    for (const name of ["err", "ok", "double", "big_number", "verbatim_string", "map", "set"] as const) {
      stack.rawField(state, -1, name);
      const type = api.lua_type(state, -1);
      const reply = type === LUA.nil ? undefined : this.#named(state, name, type, three, depth);
      stack.pop(state);
      if (reply !== undefined) return reply;
    }
    const items: Reply[] = [];
    for (let index = 1; ; index++) {
      api.lua_rawgeti(state, -1, index);
      if (api.lua_type(state, -1) === LUA.nil) {
        stack.pop(state);
        return items;
      }
      items.push(this.#value(state, three, depth));
      stack.pop(state);
    }
  }

  #named(state: number, name: string, type: number, three: boolean, depth: number): Reply | undefined {
    const stack = this.#stack;
    if (name === "err") return type === LUA.string ? errorOf(stack.string(state, -1)!) : undefined;
    if (name === "ok") return type === LUA.string ? new Status(oneLine(stack.string(state, -1)!)) : undefined;
    if (name === "double") return type === LUA.number ? new DoubleReply(stack.api.lua_tonumber(state, -1)) : undefined;
    if (name === "big_number") {
      return type === LUA.string ? new BigNumberReply(oneLine(stack.string(state, -1)!)) : undefined;
    }
    if (type !== LUA.table) return undefined;
    if (name === "verbatim_string") return this.#verbatim(state);
    return name === "map" ? this.#map(state, three, depth) : this.#set(state, three, depth);
  }

  #verbatim(state: number): Reply | undefined {
    const stack = this.#stack;
    stack.rawField(state, -1, "format");
    const format = stack.api.lua_type(state, -1) === LUA.string ? stack.string(state, -1)! : null;
    stack.rawField(state, -2, "string");
    const text = stack.api.lua_type(state, -1) === LUA.string ? stack.string(state, -1)! : null;
    stack.pop(state, 2);
    if (format === null || text === null) return undefined;
    return new VerbatimReply(format.slice(0, 3).padEnd(3, " "), text);
  }

  #map(state: number, three: boolean, depth: number): Reply {
    const stack = this.#stack;
    const { api } = stack;
    const pairs: [Reply, Reply][] = [];
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      api.lua_pushvalue(state, -2);
      const key = this.#value(state, three, depth);
      stack.pop(state);
      pairs.push([key, this.#value(state, three, depth)]);
      stack.pop(state);
    }
    return new MapReply(pairs);
  }

  #set(state: number, three: boolean, depth: number): Reply {
    const stack = this.#stack;
    const { api } = stack;
    const members: Reply[] = [];
    api.lua_pushnil(state);
    while (api.lua_next(state, -2) !== 0) {
      stack.pop(state);
      api.lua_pushvalue(state, -1);
      members.push(this.#value(state, three, depth));
      stack.pop(state);
    }
    return new SetReply(members);
  }
}

/** An error's text with its code in front: the first word, whatever it is. */
export function errorOf(text: string): ReplyError {
  const line = oneLine(text.replace(/[\r\n]+$/u, ""));
  const space = line.indexOf(" ");
  return space < 0 ? new ReplyError(line, "") : new ReplyError(line.slice(0, space), line.slice(space + 1));
}

const INT64_MIN = -(2n ** 63n);

/** As C on x86-64 converts: towards zero, and what does not fit becomes the smallest integer. */
function toInteger(value: number): number | bigint {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0 === 0 ? 0 : whole;
  if (Number.isNaN(value) || whole >= 2 ** 63 || whole < -(2 ** 63)) return INT64_MIN;
  return BigInt(whole);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/gu, " ");
}
