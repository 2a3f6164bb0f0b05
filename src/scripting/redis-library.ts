import { createHash } from "node:crypto";
import type { BinaryString } from "../base/bytes.ts";
import { formatDouble } from "../resp/format-double.ts";
import { ReplyError } from "../resp/reply-error.ts";
import type { Reply } from "../resp/reply.ts";
import { LUA, RaisedReply, type HostFunction, type LuaStack } from "./lua/lua-stack.ts";
import { pushError, pushReply } from "./reply-to-lua.ts";

/** What the `redis` table needs of the run it is called in. */
export interface RedisCalls {
  /** Runs a command; never throws for what a script may do wrong. */
  call(argv: readonly BinaryString[]): Reply;
  /** Whether the caller may run it; null when there is no such command. */
  mayRun(argv: readonly BinaryString[]): boolean | null;
  /** The protocol in which replies are shown to the script. */
  resp: 2 | 3;
}

export interface RedisLibraryHost {
  /** The run in progress; null outside one (FUNCTION LOAD). */
  readonly calls: RedisCalls | null;
  readonly version: string;
  log(level: number, message: BinaryString): void;
}

const REPL_AOF = 1;
const REPL_REPLICA = 2;

/** Functions and constants of the `redis` table, as Redis 7.2 has them, with its error texts. */
export function redisLibrary(
  stack: LuaStack,
  host: RedisLibraryHost,
): Readonly<Record<string, HostFunction | number | string>> {
  const { api } = stack;
  const running = (name: string): RedisCalls => {
    if (host.calls !== null) return host.calls;
    throw new RaisedReply(`ERR redis.${name} can only be called inside a script invocation`);
  };
  const command = (state: number, raises: boolean): number => {
    const calls = running("call/pcall");
    const argv = commandWords(stack, state);
    if (typeof argv === "string") return refuse(stack, state, argv, raises);
    api.lua_settop(state, 0);
    const reply = calls.call(argv);
    if (reply instanceof ReplyError) {
      pushError(stack, state, reply);
      return raises ? api.lua_error(state) : 1;
    }
    pushReply(stack, state, reply, calls.resp === 3);
    return 1;
  };
  return {
    call: (state) => command(state, true),
    pcall: (state) => command(state, false),
    ...loggingLibrary(stack, host),
    setresp(state) {
      const calls = running("setresp");
      if (api.lua_gettop(state) !== 1) throw new RaisedReply("ERR redis.setresp() requires one argument.");
      const version = Math.trunc(api.lua_tonumber(state, 1));
      if (version !== 2 && version !== 3) throw new RaisedReply("ERR RESP version must be 2 or 3.");
      calls.resp = version;
      return 0;
    },
    sha1hex(state) {
      if (api.lua_gettop(state) !== 1) throw new RaisedReply("ERR wrong number of arguments");
      const text = stack.string(state, 1) ?? "";
      stack.pushString(state, createHash("sha1").update(text, "latin1").digest("hex"));
      return 1;
    },
    error_reply(state) {
      if (api.lua_gettop(state) !== 1 || api.lua_type(state, 1) !== LUA.string) {
        return refuse(stack, state, "wrong number or type of arguments", false);
      }
      stack.newTable(state);
      stack.pushString(state, errorText(stack.string(state, 1)!));
      stack.setField(state, -2, "err");
      return 1;
    },
    status_reply(state) {
      if (api.lua_gettop(state) !== 1 || api.lua_type(state, 1) !== LUA.string) {
        return refuse(stack, state, "wrong number or type of arguments", false);
      }
      stack.newTable(state);
      api.lua_pushvalue(state, 1);
      stack.setField(state, -2, "ok");
      return 1;
    },
    set_repl(state) {
      running("set_repl");
      if (api.lua_gettop(state) !== 1) throw new RaisedReply("ERR redis.set_repl() requires two arguments.");
      // Effects always replicate: a region that kept some to itself would diverge. Only bad flags are refused.
      if ((Math.trunc(api.lua_tonumber(state, 1)) & ~(REPL_AOF | REPL_REPLICA)) !== 0) {
        throw new RaisedReply("ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
      }
      return 0;
    },
    acl_check_cmd(state) {
      const calls = running("acl_check_cmd");
      const argv = commandWords(stack, state);
      if (typeof argv === "string") return refuse(stack, state, argv, true);
      const may = calls.mayRun(argv);
      if (may === null) throw new RaisedReply("ERR Invalid command passed to redis.acl_check_cmd()");
      api.lua_pushboolean(state, may ? 1 : 0);
      return 1;
    },
    replicate_commands(state) {
      api.lua_pushboolean(state, 1);
      return 1;
    },
    breakpoint(state) {
      api.lua_pushboolean(state, 0);
      return 1;
    },
    debug: () => 0,
    REPL_NONE: 0,
    REPL_AOF,
    REPL_SLAVE: REPL_REPLICA,
    REPL_REPLICA,
    REPL_ALL: REPL_AOF | REPL_REPLICA,
  };
}

/** What FUNCTION LOAD sees of the table too. */
export function loggingLibrary(
  stack: LuaStack,
  host: RedisLibraryHost,
): Readonly<Record<string, HostFunction | number | string>> {
  const { api } = stack;
  const [major = 0, minor = 0, patch = 0] = host.version.split(".").map(Number);
  return {
    log(state) {
      const count = api.lua_gettop(state);
      if (count < 2) throw new RaisedReply("ERR redis.log() requires two arguments or more.");
      const isNumber = api.lua_type(state, 1) === LUA.number || Number.isFinite(Number(stack.string(state, 1) ?? "x"));
      if (!isNumber) throw new RaisedReply("ERR First argument must be a number (log level).");
      const level = Math.trunc(api.lua_tonumber(state, 1));
      if (!(level >= 0 && level <= 3)) throw new RaisedReply("ERR Invalid debug level.");
      const parts: string[] = [];
      for (let index = 2; index <= count; index++) {
        const part = stack.string(state, index);
        if (part !== null) parts.push(part);
      }
      host.log(level, parts.join(" "));
      return 0;
    },
    LOG_DEBUG: 0,
    LOG_VERBOSE: 1,
    LOG_NOTICE: 2,
    LOG_WARNING: 3,
    REDIS_VERSION: host.version,
    REDIS_VERSION_NUM: major * 65_536 + minor * 256 + patch,
  };
}

/** The arguments as a command's words, or why they are none. Numbers keep all their digits. */
function commandWords(stack: LuaStack, state: number): BinaryString[] | string {
  const { api } = stack;
  const count = api.lua_gettop(state);
  if (count === 0) return "Please specify at least one argument for this redis lib call";
  const argv = emptyWords(count);
  for (let index = 1; index <= count; index++) {
    const type = api.lua_type(state, index);
    if (type === LUA.string) argv[index - 1] = stack.string(state, index)!;
    else if (type === LUA.number) argv[index - 1] = numberWord(api.lua_tonumber(state, index));
    else return "Lua redis lib command arguments must be strings or integers";
  }
  return argv;
}

const EMPTY_WORDS: (readonly BinaryString[])[] = [];
const EMPTY_WORDS_MAX = 16;

/** An array of just that size: one that grows word by word makes room for sixteen more than it needs. */
function emptyWords(count: number): BinaryString[] {
  if (count > EMPTY_WORDS_MAX) return Array.from({ length: count }, () => "");
  return (EMPTY_WORDS[count] ??= Array.from({ length: count }, () => "")).slice();
}

function numberWord(value: number): string {
  return value === 0 ? "0" : formatDouble(value);
}

function refuse(stack: LuaStack, state: number, text: string, raises: boolean): number {
  if (raises) throw new RaisedReply(`ERR ${text}`);
  stack.newTable(state);
  stack.pushString(state, `ERR ${text}`);
  stack.setField(state, -2, "err");
  return 1;
}

/** `-CODE text`, `CODE text`; one word alone gets the general code. */
function errorText(given: string): string {
  const text = (given.startsWith("-") ? given.slice(1) : given).replace(/^[\r\n]+|[\r\n]+$/gu, "");
  const space = text.indexOf(" ");
  return space < 0 ? `ERR ${text}` : text;
}
