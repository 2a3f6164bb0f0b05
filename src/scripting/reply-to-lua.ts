import type { LuaStack } from "./lua/lua-stack.ts";
import { ReplyError } from "../resp/reply-error.ts";
import {
  BigNumberReply,
  BooleanReply,
  DoubleReply,
  MapReply,
  NullArrayReply,
  PushReply,
  SeriesReply,
  SetReply,
  Status,
  VerbatimReply,
  type Reply,
} from "../resp/reply.ts";
import { formatDouble } from "../resp/format-double.ts";

/** Pushes a command's reply as the Lua value that Redis makes of it: in RESP2 its plain form, in RESP3 a table naming the type. */
export function pushReply(stack: LuaStack, state: number, reply: Reply, three: boolean): void {
  const { api } = stack;
  if (typeof reply === "string") return stack.pushString(state, reply);
  if (typeof reply === "number") return api.lua_pushnumber(state, reply);
  if (reply === null || reply instanceof NullArrayReply) return pushNull(stack, state, three);
  if (typeof reply === "bigint") return api.lua_pushnumber(state, Number(reply));
  return pushMade(stack, state, reply, three);
}

/** What is no string, no number and not nothing. */
function pushMade(
  stack: LuaStack,
  state: number,
  reply: Exclude<Reply, string | number | bigint | null | NullArrayReply>,
  three: boolean,
): void {
  const { api } = stack;
  stack.reserve(state, 4);
  if (reply instanceof Status) return pushNamed(stack, state, "ok", () => stack.pushString(state, reply.text));
  if (reply instanceof ReplyError) return pushError(stack, state, reply);
  if (reply instanceof MapReply) return pushMap(stack, state, reply, three);
  if (reply instanceof SetReply) return pushSet(stack, state, reply, three);
  // No command that scripts may call answers it.
  if (reply instanceof SeriesReply) return pushNull(stack, state, three);
  if (reply instanceof PushReply) return pushItems(stack, state, reply.items, three);
  if (reply instanceof DoubleReply) {
    if (!three) return stack.pushString(state, reply.text ?? formatDouble(reply.value));
    return pushNamed(stack, state, "double", () => api.lua_pushnumber(state, reply.value));
  }
  if (reply instanceof BooleanReply) {
    if (three) return api.lua_pushboolean(state, reply.value ? 1 : 0);
    return api.lua_pushnumber(state, reply.value ? 1 : 0);
  }
  if (reply instanceof BigNumberReply) {
    if (!three) return stack.pushString(state, reply.digits);
    return pushNamed(stack, state, "big_number", () => stack.pushString(state, reply.digits));
  }
  if (reply instanceof VerbatimReply) {
    if (!three) return stack.pushString(state, reply.text);
    return pushNamed(stack, state, "verbatim_string", () => {
      stack.newTable(state);
      stack.pushString(state, reply.text);
      stack.setField(state, -2, "string");
      stack.pushString(state, reply.format);
      stack.setField(state, -2, "format");
    });
  }
  pushItems(stack, state, reply, three);
}

/** `{err = "CODE text"}`, marked as counted already, as Redis marks it. */
export function pushError(stack: LuaStack, state: number, error: ReplyError): void {
  stack.newTable(state);
  stack.pushString(state, error.line);
  stack.setField(state, -2, "err");
  stack.api.lua_pushboolean(state, 1);
  stack.setField(state, -2, "ignore_error_stats_update");
}

function pushNull(stack: LuaStack, state: number, three: boolean): void {
  if (three) stack.api.lua_pushnil(state);
  else stack.api.lua_pushboolean(state, 0);
}

function pushNamed(stack: LuaStack, state: number, name: string, push: () => void): void {
  stack.newTable(state);
  push();
  stack.setField(state, -2, name);
}

function pushItems(stack: LuaStack, state: number, items: readonly Reply[], three: boolean): void {
  const { api } = stack;
  api.lua_createtable(state, items.length, 0);
  for (let index = 0; index < items.length; index++) {
    pushReply(stack, state, items[index]!, three);
    api.lua_rawseti(state, -2, index + 1);
  }
}

function pushMap(stack: LuaStack, state: number, { pairs }: MapReply, three: boolean): void {
  const { api } = stack;
  if (!three) {
    api.lua_createtable(state, pairs.length * 2, 0);
    let index = 0;
    for (const [key, value] of pairs) {
      pushReply(stack, state, key, three);
      api.lua_rawseti(state, -2, ++index);
      pushReply(stack, state, value, three);
      api.lua_rawseti(state, -2, ++index);
    }
    return;
  }
  pushNamed(stack, state, "map", () => {
    stack.newTable(state);
    for (const [key, value] of pairs) {
      pushReply(stack, state, key, three);
      pushReply(stack, state, value, three);
      api.lua_rawset(state, -3);
    }
  });
}

function pushSet(stack: LuaStack, state: number, { members }: SetReply, three: boolean): void {
  if (!three) return pushItems(stack, state, members, three);
  pushNamed(stack, state, "set", () => {
    stack.newTable(state);
    for (const member of members) {
      pushReply(stack, state, member, three);
      stack.api.lua_pushboolean(state, 1);
      stack.api.lua_rawset(state, -3);
    }
  });
}
