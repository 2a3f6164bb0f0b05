import { ReplyError } from "../../resp/reply-error.ts";

/** Refusals of CLIENT TRACKING and CLIENT CACHING, in Redis' words. */
export const NO_REDIRECT_TARGET = new ReplyError("ERR", "The client ID you want redirect to does not exist");
export const TWO_REDIRECTS = new ReplyError("ERR", "A client can only redirect to a single other client");
export const PREFIX_WITHOUT_BROADCAST = new ReplyError("ERR", "PREFIX option requires BCAST mode to be enabled");
export const SWITCHED_BROADCAST = new ReplyError(
  "ERR",
  "You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
export const BROADCAST_WITH_CHOICE = new ReplyError("ERR", "OPTIN and OPTOUT are not compatible with BCAST");
export const OPTIN_WITH_OPTOUT = new ReplyError("ERR", "You can't specify both OPTIN mode and OPTOUT mode");
export const SWITCHED_CHOICE = new ReplyError(
  "ERR",
  "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);
export const NO_CACHING = new ReplyError(
  "ERR",
  "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
);
export const CACHING_YES_NEEDS_OPTIN = new ReplyError(
  "ERR",
  "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
);
export const CACHING_NO_NEEDS_OPTOUT = new ReplyError(
  "ERR",
  "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
);

export function overlappingPrefixes(
  prefix: string,
  which: "an existing" | "another provided",
  other: string,
): ReplyError {
  const text = `Prefix '${prefix}' overlaps with ${which} prefix '${other}'. Prefixes for a single client must not overlap.`;
  return new ReplyError("ERR", text.replaceAll(/[\r\n]/gu, " "));
}

export function tooManyPrefixes(limit: number): ReplyError {
  return new ReplyError("ERR", `max prefixes of one connection exceeded. Limit: ${limit}`);
}
