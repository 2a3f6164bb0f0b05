import { createHash } from "node:crypto";
import type { BinaryString } from "../../base/bytes.ts";
import { SCRIPT_FLAGS, type Script, type ScriptFlag } from "../scripting-port.ts";
import { badShebang } from "./refusals.ts";

/** A script as it was sent: its identity, its flags and its Lua. */
export interface ParsedScript extends Script {
  readonly source: BinaryString;
  /** Null without a shebang line: such a script may do all that its caller may. */
  readonly flags: ReadonlySet<ScriptFlag> | null;
}

/**
 * Takes the first line of a script apart: `#!lua flags=no-writes,allow-oom`. The hash is that of all of it. Throws refusals.
 */
export function parseScript(source: BinaryString): ParsedScript {
  const sha = createHash("sha1").update(source, "latin1").digest("hex");
  if (!source.startsWith("#!")) return { source, sha, body: source, flags: null };
  const end = source.indexOf("\n");
  if (end < 0) throw badShebang("Invalid script shebang");
  const [engine, ...options] = source.slice(0, end).split(" ") as [string, ...string[]];
  if (engine !== "#!lua") throw badShebang(`Unexpected engine in script shebang: ${engine}`);
  const flags = new Set<ScriptFlag>();
  for (const option of options) {
    if (!option.startsWith("flags=")) throw badShebang(`Unknown lua shebang option: ${option}`);
    for (const word of option.slice("flags=".length).split(",")) {
      const flag = SCRIPT_FLAGS.find((one) => one === word);
      if (flag === undefined) throw badShebang(`Unexpected flag in script shebang: ${word}`);
      flags.add(flag);
    }
  }
  return { source, sha, body: source.slice(end), flags };
}
