import type { BinaryString } from "../../base/bytes.ts";
import { LUA, LuaFault, type HostFunction, type LuaStack } from "../lua/lua-stack.ts";
import { StructFormat } from "./struct-format.ts";

/** Bytes of one packed string. */
const PACKED_BYTES_MAX = 64 * 1024 * 1024;
const of = String.fromCharCode;

/** The struct library as Redis carries it: values to and from strings of bytes in C's layouts. */
export function structLibrary(stack: LuaStack): Readonly<Record<string, HostFunction>> {
  const { api } = stack;
  const formatOf = (state: number): StructFormat =>
    new StructFormat(stack.checkString(state, 1), (reason) => stack.argumentError(state, 1, reason));
  return {
    pack(state) {
      stack.pushString(state, pack(stack, state, formatOf(state)));
      return 1;
    },
    unpack: (state) => unpack(stack, state, formatOf(state)),
    size(state) {
      const format = formatOf(state);
      let total = 0;
      while (format.next()) {
        total += format.padding(total);
        if (format.option === "s") stack.argumentError(state, 1, "option 's' has no fixed size");
        if (format.option === "c" && format.size === 0) {
          stack.argumentError(state, 1, "option 'c0' has no fixed size");
        }
        if (!/[a-zA-Z0-9]/u.test(format.option)) format.control();
        total += format.size;
      }
      api.lua_pushnumber(state, total);
      return 1;
    },
  };
}

function pack(stack: LuaStack, state: number, format: StructFormat): BinaryString {
  const { api } = stack;
  // Redis' library marks the end of its arguments so: a missing one is nil.
  api.lua_pushnil(state);
  let out = "";
  let argument = 2;
  while (format.next()) {
    out += "\0".repeat(format.padding(out.length));
    switch (format.option) {
      case "b":
      case "B":
      case "h":
      case "H":
      case "l":
      case "L":
      case "T":
      case "i":
      case "I":
        out += integerBytes(api.luaL_checknumber(state, argument++), format.size, format.littleEndian);
        break;
      case "x":
        out += "\0";
        break;
      case "f":
      case "d":
        out += floatBytes(api.luaL_checknumber(state, argument++), format.size, format.littleEndian);
        break;
      case "c":
      case "s": {
        const text = stack.checkString(state, argument++);
        const size = format.size === 0 ? text.length : format.size;
        if (text.length < size) stack.argumentError(state, argument, "string too short");
        out += text.slice(0, size);
        if (format.option === "s") out += "\0";
        break;
      }
      default:
        format.control();
    }
    if (out.length > PACKED_BYTES_MAX) throw new LuaFault("not enough memory");
  }
  return out;
}

function unpack(stack: LuaStack, state: number, format: StructFormat): number {
  const { api } = stack;
  const data = stack.checkString(state, 2);
  let at = api.luaL_optinteger(state, 3, 1);
  if (at <= 0) stack.argumentError(state, 3, "offset must be 1 or greater");
  at--;
  let results = 0;
  const need = (size: number): void => {
    if (size > data.length || at > data.length - size) stack.argumentError(state, 2, "data string too short");
  };
  while (format.next()) {
    let { size } = format;
    at += format.padding(at);
    need(size);
    if (api.lua_checkstack(state, 2) === 0) throw new LuaFault("stack overflow (too many results)");
    switch (format.option) {
      case "b":
      case "B":
      case "h":
      case "H":
      case "l":
      case "L":
      case "T":
      case "i":
      case "I": {
        const signed = format.option >= "a";
        api.lua_pushnumber(state, readInteger(data.slice(at, at + size), format.littleEndian, signed));
        results++;
        break;
      }
      case "x":
        break;
      case "f":
      case "d":
        api.lua_pushnumber(state, readFloat(data.slice(at, at + size), format.littleEndian));
        results++;
        break;
      case "c":
        if (size === 0) {
          if (results === 0 || api.lua_type(state, -1) !== LUA.number) {
            throw new LuaFault("format 'c0' needs a previous size");
          }
          size = Math.trunc(api.lua_tonumber(state, -1));
          stack.pop(state);
          results--;
          if (!(size >= 0)) stack.argumentError(state, 2, "data string too short");
          need(size);
        }
        stack.pushString(state, data.slice(at, at + size));
        results++;
        break;
      case "s": {
        const end = data.indexOf("\0", at);
        if (end < 0) throw new LuaFault("unfinished string in data");
        size = end - at + 1;
        stack.pushString(state, data.slice(at, end));
        results++;
        break;
      }
      default:
        format.control();
    }
    at += size;
  }
  api.lua_pushnumber(state, at + 1);
  return results + 1;
}

/** As C converts a double to a 64-bit integer, and cuts that to its low bytes. */
function integerBytes(value: number, size: number, littleEndian: boolean): BinaryString {
  let rest = toInt64(value);
  let out = "";
  for (let index = 0; index < size; index++) {
    const byte = of(Number(rest & 0xffn));
    out = littleEndian ? out + byte : byte + out;
    rest = index < 7 ? rest >> 8n : 0n;
  }
  return out;
}

const INT64_MIN = -(2n ** 63n);

function toInt64(value: number): bigint {
  if (!Number.isFinite(value)) return INT64_MIN;
  const whole = BigInt(Math.trunc(value));
  if (whole < INT64_MIN) return INT64_MIN;
  return BigInt.asIntN(64, whole);
}

function readInteger(data: BinaryString, littleEndian: boolean, signed: boolean): number {
  let value = 0n;
  for (let index = 0; index < data.length; index++) {
    const at = littleEndian ? data.length - 1 - index : index;
    value = BigInt.asUintN(64, (value << 8n) | BigInt(data.charCodeAt(at)));
  }
  if (!signed) return Number(value);
  return Number(BigInt.asIntN(Math.min(64, Math.max(1, data.length * 8)), value));
}

const scratch = Buffer.alloc(8);

function floatBytes(value: number, size: number, littleEndian: boolean): BinaryString {
  if (size === 4) scratch.writeFloatLE(value);
  else scratch.writeDoubleLE(value);
  const bytes = scratch.latin1Slice(0, size);
  return littleEndian ? bytes : reversed(bytes);
}

function readFloat(data: BinaryString, littleEndian: boolean): number {
  scratch.latin1Write(littleEndian ? data : reversed(data), 0, 8);
  return data.length === 4 ? scratch.readFloatLE() : scratch.readDoubleLE();
}

function reversed(bytes: BinaryString): BinaryString {
  return bytes.split("").toReversed().join("");
}
