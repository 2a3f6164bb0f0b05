import type { HostFunction, LuaStack } from "../lua/lua-stack.ts";

/** LuaBitOp: operations on 32-bit integers, as Redis has them under `bit`. */

const double = new Float64Array(1);
const halves = new Int32Array(double.buffer);
/** Added to a number, it leaves that number's low 32 bits, rounded to even, in the low half of the double. */
const NORMALIZER = 6_755_399_441_055_744;

function low32(value: number): number {
  double[0] = value + NORMALIZER;
  return halves[0]!;
}

export function bitLibrary(stack: LuaStack): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const argument = (state: number, index: number): number => low32(api.luaL_checknumber(state, index));
  const answer = (state: number, value: number): number => {
    api.lua_pushnumber(state, value | 0);
    return 1;
  };
  const folding =
    (combine: (left: number, right: number) => number): HostFunction =>
    (state) => {
      let value = argument(state, 1);
      for (let index = api.lua_gettop(state); index > 1; index--) value = combine(value, argument(state, index));
      return answer(state, value);
    };
  const shifting =
    (shift: (value: number, by: number) => number): HostFunction =>
    (state) =>
      answer(state, shift(argument(state, 1), argument(state, 2) & 31));
  return {
    tobit: (state) => answer(state, argument(state, 1)),
    bnot: (state) => answer(state, ~argument(state, 1)),
    band: folding((left, right) => left & right),
    bor: folding((left, right) => left | right),
    bxor: folding((left, right) => left ^ right),
    lshift: shifting((value, by) => value << by),
    rshift: shifting((value, by) => value >>> by),
    arshift: shifting((value, by) => value >> by),
    rol: shifting((value, by) => (value << by) | (by === 0 ? 0 : value >>> (32 - by))),
    ror: shifting((value, by) => (value >>> by) | (by === 0 ? 0 : value << (32 - by))),
    bswap(state) {
      const value = argument(state, 1);
      return answer(
        state,
        (value >>> 24) | ((value >>> 8) & 0xff00) | ((value << 8) & 0xff_0000) | ((value & 0xff) << 24),
      );
    },
    tohex(state) {
      const value = argument(state, 1) >>> 0;
      const wanted = api.lua_gettop(state) < 2 ? 8 : argument(state, 2);
      const count = Math.min(8, Math.abs(wanted));
      const digits = count === 0 ? "" : value.toString(16).padStart(8, "0").slice(-count);
      stack.pushString(state, wanted < 0 ? digits.toUpperCase() : digits);
      return 1;
    },
  };
}
