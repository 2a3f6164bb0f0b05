import { SCRIPT_FLAGS, type LibraryFunction, type ScriptFlag } from "../commands/scripting-port.ts";
import { LUA, RaisedReply, REGISTRY, type HostFunction, type LuaStack } from "./lua/lua-stack.ts";

/** A function that a library registered, with its reference in the registry. */
export interface RegisteredFunction extends LibraryFunction {
  readonly reference: number;
}

const NAME = /^[a-zA-Z0-9_]+$/u;

/** `redis.register_function`, in both its forms, with Redis' refusals. `into` is null when no library is being loaded. */
export function registerFunction(stack: LuaStack, into: () => RegisteredFunction[] | null): HostFunction {
  const { api } = stack;
  return (state) => {
    const functions = into();
    if (functions === null) {
      throw refusal("redis.register_function can only be called on FUNCTION LOAD command");
    }
    const count = api.lua_gettop(state);
    if (count < 1 || count > 2) throw refusal("wrong number of arguments to redis.register_function");
    const registered = count === 1 ? namedArguments(stack, state) : positionalArguments(stack, state);
    if (!NAME.test(registered.name)) {
      throw refusal(
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
      );
    }
    if (functions.some(({ name }) => name === registered.name)) {
      throw refusal("Function already exists in the library");
    }
    functions.push(registered);
    return 0;
  };
}

function positionalArguments(stack: LuaStack, state: number): RegisteredFunction {
  const { api } = stack;
  const name = stack.string(state, 1);
  if (name === null) throw refusal("first argument to redis.register_function must be a string");
  if (api.lua_type(state, 2) !== LUA.function) {
    throw refusal("second argument to redis.register_function must be a function");
  }
  api.lua_pushvalue(state, 2);
  return { name, description: null, flags: new Set(), reference: api.luaL_ref(state, REGISTRY) };
}

function namedArguments(stack: LuaStack, state: number): RegisteredFunction {
  const { api } = stack;
  if (api.lua_type(state, 1) !== LUA.table) {
    throw refusal(
      "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
    );
  }
  let name: string | null = null;
  let description: string | null = null;
  let reference: number | null = null;
  let flags: ReadonlySet<ScriptFlag> = new Set();
  api.lua_pushnil(state);
  while (api.lua_next(state, 1) !== 0) {
    if (api.lua_type(state, -2) !== LUA.string) {
      throw refusal("named argument key given to redis.register_function is not a string");
    }
    switch (stack.string(state, -2)!.toLowerCase()) {
      case "function_name":
        name = stack.string(state, -1);
        if (name === null) throw refusal("function_name argument given to redis.register_function must be a string");
        break;
      case "description":
        description = stack.string(state, -1);
        if (description === null) {
          throw refusal("description argument given to redis.register_function must be a string");
        }
        break;
      case "callback":
        if (api.lua_type(state, -1) !== LUA.function) {
          throw refusal("callback argument given to redis.register_function must be a function");
        }
        api.lua_pushvalue(state, -1);
        reference = api.luaL_ref(state, REGISTRY);
        break;
      case "flags":
        if (api.lua_type(state, -1) !== LUA.table) {
          throw refusal("flags argument to redis.register_function must be a table representing function flags");
        }
        flags = readFlags(stack, state);
        break;
      default:
        throw refusal("unknown argument given to redis.register_function");
    }
    stack.pop(state);
  }
  if (name === null) throw refusal("redis.register_function must get a function name argument");
  if (reference === null) throw refusal("redis.register_function must get a callback argument");
  return { name, description, flags, reference };
}

function readFlags(stack: LuaStack, state: number): ReadonlySet<ScriptFlag> {
  const flags = new Set<ScriptFlag>();
  for (let index = 1; ; index++) {
    stack.api.lua_rawgeti(state, -1, index);
    const isNil = stack.api.lua_type(state, -1) === LUA.nil;
    const word = stack.string(state, -1)?.toLowerCase();
    stack.pop(state);
    if (isNil) return flags;
    const flag = SCRIPT_FLAGS.find((one) => one === word);
    if (flag === undefined) throw refusal("unknown flag given");
    flags.add(flag);
  }
}

function refusal(text: string): RaisedReply {
  return new RaisedReply(`ERR ${text}`);
}
