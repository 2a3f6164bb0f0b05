import type { Random } from "../../../src/base/random.ts";

/** Random scripts out of dangerous pieces: most fail, some run for ever, none may do harm. */
export function hostileScript(random: Random): string {
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
  const value = (depth: number): string => {
    if (depth <= 0 || random.below(3) === 0) return pick(LEAVES);
    return pick(SHAPES).replaceAll(/\b[AB]\b/gu, () => value(depth - 1));
  };
  const statement = (): string => pick(STATEMENTS).replaceAll(/\b[AB]\b/gu, () => value(3));
  return Array.from({ length: 1 + random.below(4) }, statement).join("\n");
}

const LEAVES = [
  "nil",
  "true",
  "0",
  "-1",
  "1e308",
  "0/0",
  "2^53",
  "'x'",
  "''",
  "'\\0\\255'",
  "('y'):rep(1e5)",
  "{}",
  "_G",
  "redis",
  "string",
  "KEYS",
  "ARGV",
  "cjson.null",
  "math.huge",
  "function(...) return ... end",
  "function() error({}) end",
  "function() return coroutine.yield(1) end",
  "coroutine.create(function() end)",
  "setmetatable({}, {__index = function(t, k) return k end})",
  "setmetatable({}, {__call = pcall, __tostring = tostring, __len = select})",
];

const SHAPES = [
  "{A, B}",
  "{A, x = B}",
  "{[A or 1] = B}",
  "(A == B)",
  "tostring(A)",
  "select('#', A, B)",
  "pcall(tonumber, A, 16)",
  "pcall(A, B)",
  "pcall(error, A)",
  "xpcall(A, B)",
  "pcall(string.rep, A, B)",
  "pcall(string.format, A, B)",
  "pcall(string.gsub, A, B, A)",
  "pcall(string.find, A, B)",
  "pcall(table.concat, A, B)",
  "pcall(table.sort, A, B)",
  "pcall(table.insert, A, B)",
  "pcall(rawset, A, B, A)",
  "pcall(rawget, A, B)",
  "pcall(setmetatable, A, B)",
  "getmetatable(A)",
  "pcall(next, A, B)",
  "pcall(unpack, A, 1, B)",
  "pcall(loadstring, A, B)",
  "pcall(load, A, B)",
  "pcall(cjson.encode, A)",
  "pcall(cjson.decode, A)",
  "pcall(cmsgpack.pack, A, B)",
  "pcall(cmsgpack.unpack, A)",
  "pcall(cmsgpack.unpack_limit, A, B, A)",
  "pcall(struct.pack, A, B)",
  "pcall(struct.unpack, A, B)",
  "pcall(bit.bxor, A, B)",
  "pcall(bit.tohex, A, B)",
  "pcall(coroutine.resume, A, B)",
  "pcall(coroutine.wrap, A)",
  "redis.pcall(A, B)",
  "pcall(redis.call, A, B)",
  "pcall(redis.sha1hex, A)",
  "pcall(redis.error_reply, A)",
  "pcall(redis.log, A, B)",
  "pcall(redis.setresp, A)",
  "collectgarbage('count')",
  "pcall(collectgarbage, A, B)",
];

const STATEMENTS = [
  "local a = A",
  "do return A end",
  "local t = A if type(t) == 'table' then for k, v in pairs(t) do local x = v end end",
  "local function f(n) return f(n) end if A then f(B) end",
  "for i = 1, 1e9 do local x = A end",
  "for i = 1, 100 do local x = A end",
  "pcall(function() leak = A end)",
  "local t = {} for i = 1, 200 do t = {t, A} end do return t end",
  "error(A)",
  "do return (A)(B) end",
  "local co = coroutine.wrap(function() return A end) pcall(co) pcall(co)",
];
