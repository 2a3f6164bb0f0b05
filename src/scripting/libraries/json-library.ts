import { LUA, type HostFunction, type LuaStack } from "../lua/lua-stack.ts";
import { JsonDecoder } from "./json-decoder.ts";
import { JsonEncoder } from "./json-encoder.ts";
import { defaultJsonOptions, type JsonOptions } from "./json-options.ts";

/** cjson 2.1, as Redis carries it. `register` makes the table of a library and pushes it (`cjson.new`). */
export function jsonLibrary(
  stack: LuaStack,
  register: (state: number, functions: Readonly<Record<string, HostFunction>>) => void,
): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const options = defaultJsonOptions();
  const encoder = new JsonEncoder(stack, options);
  const one = (state: number): void => {
    if (api.lua_gettop(state) !== 1) stack.argumentError(state, 1, "expected 1 argument");
  };
  return {
    encode(state) {
      one(state);
      stack.pushString(state, encoder.encode(state));
      return 1;
    },
    decode(state) {
      one(state);
      new JsonDecoder(stack, options, stack.checkString(state, 1)).decode(state);
      return 1;
    },
    ...settings(stack, options),
    new(state) {
      register(state, jsonLibrary(stack, register));
      return 1;
    },
  };
}

/** Each sets what it is given and answers what holds. */
function settings(stack: LuaStack, options: JsonOptions): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const given = (state: number, argument: number): boolean => api.lua_type(state, argument) > LUA.nil;
  const atMost = (state: number, max: number): void => {
    if (api.lua_gettop(state) > max) stack.argumentError(state, max + 1, "found too many arguments");
    api.lua_settop(state, max);
  };
  const integer = (state: number, argument: number, minimum: number, maximum: number, now: number): number => {
    if (!given(state, argument)) return now;
    const value = api.luaL_checkinteger(state, argument);
    if (value < minimum || value > maximum) {
      stack.argumentError(state, argument, `expected integer between ${minimum} and ${maximum}`);
    }
    return value;
  };
  const boolean = (state: number, argument: number, now: boolean): boolean => {
    if (!given(state, argument)) return now;
    if (api.lua_type(state, argument) === LUA.boolean) return api.lua_toboolean(state, argument) !== 0;
    const word = stack.checkString(state, argument);
    if (word !== "on" && word !== "off") stack.argumentError(state, argument, `invalid option '${word}'`);
    return word === "on";
  };
  const answerNumber = (state: number, value: number): number => {
    api.lua_pushnumber(state, value);
    return 1;
  };
  const answerBoolean = (state: number, value: boolean): number => {
    api.lua_pushboolean(state, value ? 1 : 0);
    return 1;
  };
  const integerMax = 0x7fff_ffff;
  return {
    encode_sparse_array(state) {
      atMost(state, 3);
      options.sparseConvert = boolean(state, 1, options.sparseConvert);
      options.sparseRatio = integer(state, 2, 0, integerMax, options.sparseRatio);
      options.sparseSafe = integer(state, 3, 0, integerMax, options.sparseSafe);
      answerBoolean(state, options.sparseConvert);
      answerNumber(state, options.sparseRatio);
      answerNumber(state, options.sparseSafe);
      return 3;
    },
    encode_max_depth(state) {
      atMost(state, 1);
      options.encodeDepthMax = integer(state, 1, 1, integerMax, options.encodeDepthMax);
      return answerNumber(state, options.encodeDepthMax);
    },
    decode_max_depth(state) {
      atMost(state, 1);
      options.decodeDepthMax = integer(state, 1, 1, integerMax, options.decodeDepthMax);
      return answerNumber(state, options.decodeDepthMax);
    },
    encode_number_precision(state) {
      atMost(state, 1);
      options.precision = integer(state, 1, 1, 14, options.precision);
      return answerNumber(state, options.precision);
    },
    encode_keep_buffer(state) {
      atMost(state, 1);
      options.keepBuffer = boolean(state, 1, options.keepBuffer);
      return answerBoolean(state, options.keepBuffer);
    },
    encode_invalid_numbers(state) {
      atMost(state, 1);
      if (given(state, 1)) {
        const word = api.lua_type(state, 1) === LUA.boolean ? null : stack.checkString(state, 1);
        if (word === "null") options.invalidNumbers = "null";
        else options.invalidNumbers = boolean(state, 1, false) ? "on" : "off";
      }
      if (options.invalidNumbers !== "null") return answerBoolean(state, options.invalidNumbers === "on");
      stack.pushString(state, "null");
      return 1;
    },
    decode_invalid_numbers(state) {
      atMost(state, 1);
      options.decodeInvalidNumbers = boolean(state, 1, options.decodeInvalidNumbers);
      return answerBoolean(state, options.decodeInvalidNumbers);
    },
  };
}
