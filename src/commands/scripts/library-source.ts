import type { BinaryString } from "../../base/bytes.ts";
import type { LibrarySource } from "../scripting-port.ts";
import { BAD_LIBRARY_NAME, badShebang } from "./refusals.ts";

const NAME = /^[a-zA-Z0-9_]+$/u;

/** Takes `#!lua name=mylib` off a library's code. Throws refusals. */
export function parseLibrary(code: BinaryString): LibrarySource {
  if (!code.startsWith("#!")) throw badShebang("Missing library metadata");
  const end = code.indexOf("\n");
  if (end < 0) throw badShebang("Invalid library metadata");
  const [engine, ...options] = code
    .slice(2, end)
    .split(/[ \t\r\f\v]+/u)
    .filter((word) => word !== "");
  if (engine === undefined || code[2] === " ") throw badShebang("Invalid library metadata");
  let name: string | null = null;
  for (const option of options) {
    if (!/^name=/iu.test(option)) throw badShebang(`Invalid metadata value given: ${option}`);
    if (name !== null) throw badShebang("Invalid metadata value, name argument was given multiple times");
    name = option.slice("name=".length);
  }
  if (name === null) throw badShebang("Library name was not given");
  if (!NAME.test(name)) throw BAD_LIBRARY_NAME;
  if (engine.toLowerCase() !== "lua") throw badShebang(`Engine '${engine}' not found`);
  return { name, body: code.slice(end) };
}
