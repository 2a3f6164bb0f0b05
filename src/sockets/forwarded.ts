import { isIP } from "node:net";
import { plainAddress, type AddressRanges } from "./address-ranges.ts";

/** Entries of the header that are looked at, from its end. */
const ENTRIES_MAX = 32;

/**
 * Who a request comes from: the connection's address, or, where that is a trusted proxy's, the last address in `x-forwarded-for` that is
 * not one. What stands before that was written by somebody nobody vouches for. Null: the connection itself.
 */
export function forwardedClient(
  peer: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  proxies: AddressRanges,
): string | null {
  if (forwardedFor === undefined || !proxies.contains(peer)) return null;
  const entries = String(forwardedFor).split(",").slice(-ENTRIES_MAX).toReversed();
  let client: string | null = null;
  for (const entry of entries) {
    const address = addressOf(entry.trim());
    if (address === null) return client;
    client = address;
    if (!proxies.contains(address)) return client;
  }
  return client;
}

/** `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7`, `[2001:db8::7]:4711`. */
function addressOf(entry: string): string | null {
  const match = /^\[([^\]]+)\](?::\d+)?$|^([^:]+):\d+$/u.exec(entry);
  const address = match?.[1] ?? match?.[2] ?? entry;
  return isIP(address) === 0 ? null : plainAddress(address);
}
