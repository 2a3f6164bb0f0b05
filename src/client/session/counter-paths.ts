import type { Path } from "./json.ts";
import { SessionOptionError } from "./session-errors.ts";

const ANY = "*";

/** Where counters are: `"visits"`, `"cart.*.quantity"`; keys that contain a dot as a list, `["a.b", "n"]`. `*` is any one key. */
export type CounterPath = string | readonly string[];

export type IsCounter = (path: Path) => boolean;

/** Throws SessionOptionError. */
export function countersAt(patterns: readonly CounterPath[]): IsCounter {
  const wanted = patterns.map((pattern) => {
    const keys = typeof pattern === "string" ? pattern.split(".") : pattern;
    if (!Array.isArray(keys) || keys.length === 0 || keys.some((key) => typeof key !== "string" || key === "")) {
      throw new SessionOptionError(
        `counters: ${JSON.stringify(pattern)} is no path like "visits" or "cart.*.quantity"`,
      );
    }
    return keys as readonly string[];
  });
  return (path) =>
    wanted.some((keys) => keys.length === path.length && keys.every((key, at) => key === ANY || key === path[at]));
}
