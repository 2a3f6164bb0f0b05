import { lookup, type LookupAddress, type LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";

type Told = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/**
 * Looks names up as Node does, once for all who ask for the same at the same time. A resolver that is not reached answers after half a
 * minute, on one of four threads that the disk needs too, and nobody's giving up ends it: without this every dial that was given up
 * would leave one waiting, and the first that could succeed would wait for all of them.
 */
export function sharedLookup(resolve: typeof lookup = lookup): LookupFunction {
  const asked = new Map<string, Told[]>();
  return (hostname, options: LookupOptions, told: Told) => {
    const question = JSON.stringify([hostname, options]);
    const waiting = asked.get(question);
    if (waiting !== undefined) {
      waiting.push(told);
      return;
    }
    const all = [told];
    asked.set(question, all);
    resolve(hostname, options, (error, address, family) => {
      asked.delete(question);
      for (const one of all) one(error, address, family);
    });
  };
}
