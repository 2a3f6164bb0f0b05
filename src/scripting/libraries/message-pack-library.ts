import { LuaFault, type HostFunction, type LuaStack } from "../lua/lua-stack.ts";
import { MessagePackDecoder } from "./message-pack-decoder.ts";
import { MessagePackEncoder } from "./message-pack-encoder.ts";

const INT_MAX = 0x7fff_ffff;

/** cmsgpack as Redis carries it. */
export function messagePackLibrary(stack: LuaStack): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const encoder = new MessagePackEncoder(stack);
  /** Unpacks up to `limit` values from `offset`, after the next offset (-1 at the end); both 0: all of it, and no offset. */
  const unpack = (state: number, limit: number, offset: number): number => {
    const text = stack.checkString(state, 1);
    if (offset < 0 || limit < 0) {
      throw new LuaFault(`Invalid request to unpack with offset of ${offset} and limit of ${text.length}.`);
    }
    if (offset > text.length) {
      throw new LuaFault(`Start offset ${offset} greater than input length ${text.length}.`);
    }
    const decoder = new MessagePackDecoder(stack, text, offset);
    const whole = limit === 0 && offset === 0;
    const most = whole ? INT_MAX : limit;
    let count = 0;
    while (count < most && !decoder.atEnd) {
      decoder.value(state);
      count++;
    }
    if (whole) return count;
    api.lua_pushnumber(state, decoder.atEnd ? -1 : decoder.offset);
    api.lua_insert(state, -count - 1);
    return count + 1;
  };
  return {
    pack(state) {
      const count = api.lua_gettop(state);
      if (count === 0) stack.argumentError(state, 0, "MessagePack pack needs input.");
      stack.reserve(state, 3);
      let out = "";
      for (let index = 1; index <= count; index++) {
        api.lua_pushvalue(state, index);
        out += encoder.encode(state);
        stack.pop(state);
      }
      stack.pushString(state, out);
      return 1;
    },
    unpack: (state) => unpack(state, 0, 0),
    unpack_one: (state) => unpack(state, 1, api.luaL_optinteger(state, 2, 0)),
    unpack_limit(state) {
      const limit = api.luaL_checkinteger(state, 2);
      return unpack(state, limit, api.luaL_optinteger(state, 3, 0));
    },
  };
}
