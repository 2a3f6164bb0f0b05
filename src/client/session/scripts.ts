import { createHash } from "node:crypto";
import type { Command } from "../callers/caller.ts";
import type { Layout } from "./layout.ts";

/**
 * Writing a session is one script, so that in its region nothing comes between looking whether it is still the session that was loaded
 * and writing to it; across regions the class of its key decides (rows R1–R6). ARGV: generation, milliseconds to live (0: no end),
 * user whose session it becomes (empty: nobody's), then commands without their key, each after the number of its words.
 */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

export type ScriptName = "save" | "put";

/** The generation that is stored; nil without a session, '' where it has none. */
const GENERATION = {
  document: `
local function stored()
  local found = redis.call('JSON.GET', KEYS[1], '$._generation')
  if not found then return nil end
  return string.sub(found, 3, -3)
end`,
  hash: `
local function stored()
  if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
  return redis.call('HGET', KEYS[1], '_generation') or ''
end`,
};

const WRITE = `
local function write()
  local at = 4
  while at <= #ARGV do
    local words = tonumber(ARGV[at])
    -- What another request has made of a counter may be no number any more: then it stays as it is.
    local run = ARGV[at + 1] == 'HINCRBY' and redis.pcall or redis.call
    run(ARGV[at + 1], KEYS[1], unpack(ARGV, at + 2, at + words))
    at = at + words + 1
  end
  if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  if ARGV[3] ~= '' then redis.call('ANTIPODE', 'OWN', KEYS[1], ARGV[3]) end
end`;

/** Answers 1, or 0 where the session that was loaded has ended: then nothing is written. */
const SAVE = `
if stored() ~= ARGV[1] then return 0 end
write()
return 1`;

/** Answers the generation the session has: that of the one that is there, whose loaders may still save. */
const PUT = {
  document: `
local found = stored()
write()
if ARGV[2] == '0' then redis.call('PERSIST', KEYS[1]) end
if not found or found == '' then return ARGV[1] end
redis.call('JSON.SET', KEYS[1], '$._generation', '"' .. found .. '"')
return found`,
  hash: `
local found = stored()
if found then
  local kept, at = {}, 4
  while at <= #ARGV do
    local words = tonumber(ARGV[at])
    for field = at + 2, at + words, 2 do kept[ARGV[field]] = true end
    at = at + words + 1
  end
  for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
    if not kept[field] then redis.call('HDEL', KEYS[1], field) end
  end
end
write()
if ARGV[2] == '0' then redis.call('PERSIST', KEYS[1]) end
if not found or found == '' then return ARGV[1] end
redis.call('HSET', KEYS[1], '_generation', found)
return found`,
};

function scriptOf(parts: readonly string[]): Script {
  const text = parts.join("\n");
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

const SCRIPTS: Readonly<Record<Layout["name"], Readonly<Record<ScriptName, Script>>>> = {
  document: {
    save: scriptOf([GENERATION.document, WRITE, SAVE]),
    put: scriptOf([GENERATION.document, WRITE, PUT.document]),
  },
  hash: {
    save: scriptOf([GENERATION.hash, WRITE, SAVE]),
    put: scriptOf([GENERATION.hash, WRITE, PUT.hash]),
  },
};

export interface ScriptCall {
  readonly key: string;
  readonly generation: string;
  readonly ttlMs: number;
  readonly user: string;
  readonly commands: readonly Command[];
}

/** EVALSHA; `spelled` when the server does not know the script. */
export function scriptCommand(layout: Layout, name: ScriptName, call: ScriptCall, spelled: boolean): Command {
  const { text, sha } = SCRIPTS[layout.name][name];
  const words = call.commands.flatMap((command) => [String(command.length), ...command]);
  const run = spelled ? ["EVAL", text] : ["EVALSHA", sha];
  return [...run, "1", call.key, call.generation, String(call.ttlMs), call.user, ...words];
}
