import type { BinaryString } from "../../base/bytes.ts";
import { MapReply, OK, SetReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";
import type { Command } from "../define-command.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { integerWord, isWord } from "../words.ts";
import type { Tracking } from "../tracking/tracking-state.ts";
import {
  BROADCAST_WITH_CHOICE,
  CACHING_NO_NEEDS_OPTOUT,
  CACHING_YES_NEEDS_OPTIN,
  NO_CACHING,
  NO_REDIRECT_TARGET,
  OPTIN_WITH_OPTOUT,
  overlappingPrefixes,
  PREFIX_WITHOUT_BROADCAST,
  SWITCHED_BROADCAST,
  SWITCHED_CHOICE,
  tooManyPrefixes,
  TWO_REDIRECTS,
} from "../tracking/tracking-refusals.ts";
import { defineClient, onOff, OWN } from "./define-client-command.ts";

/** CLIENT TRACKING and its kin: a client caches what it reads and is told when that changes. */

interface TrackingRequest {
  readonly on: boolean;
  readonly redirects: readonly (number | bigint)[];
  readonly prefixes: readonly BinaryString[];
  readonly broadcast: boolean;
  readonly optin: boolean;
  readonly optout: boolean;
  readonly noLoop: boolean;
}

function trackingRequest(args: readonly BinaryString[]): TrackingRequest {
  const redirects: (number | bigint)[] = [];
  const prefixes: BinaryString[] = [];
  const words = new Set<string>();
  for (let index = 1; index < args.length; index++) {
    const option = args[index]!.toUpperCase();
    const value = args[index + 1];
    if (option === "REDIRECT" && value !== undefined) redirects.push(integerWord(args[++index]!));
    else if (option === "PREFIX" && value !== undefined) prefixes.push(args[++index]!);
    else if (["BCAST", "OPTIN", "OPTOUT", "NOLOOP"].includes(option)) words.add(option);
    else throw SYNTAX_ERROR;
  }
  return {
    on: onOff(args[0]),
    redirects,
    prefixes,
    broadcast: words.has("BCAST"),
    optin: words.has("OPTIN"),
    optout: words.has("OPTOUT"),
    noLoop: words.has("NOLOOP"),
  };
}

/** Of two prefixes of one client neither may begin with the other: each key is told once. */
function checkPrefixes(given: readonly BinaryString[], existing: Iterable<BinaryString>): void {
  const overlap = (left: BinaryString, right: BinaryString): boolean =>
    left.startsWith(right) || right.startsWith(left);
  for (const [index, prefix] of given.entries()) {
    for (const other of existing) {
      if (overlap(prefix, other)) throw overlappingPrefixes(prefix, "an existing", other);
    }
    for (const other of given.slice(index + 1)) {
      if (overlap(prefix, other)) throw overlappingPrefixes(prefix, "another provided", other);
    }
  }
}

/** Prefixes one client may name: all are compared with one another, and with every key that changes. */
const PREFIXES_MAX = 1_000;

function checkTracking({ session, server }: CommandCall, request: TrackingRequest): void {
  const { redirects, prefixes, broadcast, optin, optout } = request;
  for (const id of redirects) if (server.clients.find(Number(id)) === undefined) throw NO_REDIRECT_TARGET;
  if (redirects.length > 1) throw TWO_REDIRECTS;
  if (!request.on) return;
  const before = session.tracking;
  if (!broadcast && prefixes.length > 0) throw PREFIX_WITHOUT_BROADCAST;
  if (before !== null && before.broadcast !== broadcast) throw SWITCHED_BROADCAST;
  if (broadcast && (optin || optout)) throw BROADCAST_WITH_CHOICE;
  if (optin && optout) throw OPTIN_WITH_OPTOUT;
  if ((optin && before?.choice === "optout") || (optout && before?.choice === "optin")) throw SWITCHED_CHOICE;
  if ((before?.prefixes.size ?? 0) + prefixes.length > PREFIXES_MAX) throw tooManyPrefixes(PREFIXES_MAX);
  if (broadcast) checkPrefixes(prefixes, before?.prefixes ?? []);
}

const tracking = defineClient<TrackingRequest>({
  name: "TRACKING",
  since: "6.0.0",
  arity: -3,
  flags: OWN,
  syntax: "ON | OFF [REDIRECT client-id] [PREFIX prefix ...] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
  summary: "Has this connection told, or another, when keys change that it has read, in this region or in another.",
  parse: trackingRequest,
  run(call, request): Reply {
    checkTracking(call, request);
    const { session, server } = call;
    const before = session.tracking;
    if (!request.on) {
      server.track(session, null);
      return OK;
    }
    const { broadcast, optin, optout, noLoop, redirects } = request;
    const prefixes = new Set([...(before?.prefixes ?? []), ...request.prefixes]);
    if (broadcast && prefixes.size === 0) prefixes.add("");
    const choice = optin ? "optin" : optout ? "optout" : "all";
    const redirect = Number(redirects[0] ?? 0);
    const state: Tracking = {
      broadcast,
      choice,
      noLoop,
      redirect,
      prefixes,
      isCachingSaid: false,
      isRedirectBroken: false,
    };
    server.track(session, state);
    return OK;
  },
});

const trackinginfo = defineClient({
  name: "TRACKINGINFO",
  since: "6.2.0",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers how this connection tracks keys.",
  parse: () => null,
  run: ({ session }): Reply =>
    new MapReply([
      ["flags", new SetReply(flagsOf(session.tracking))],
      ["redirect", session.tracking?.redirect ?? -1],
      ["prefixes", [...(session.tracking?.prefixes ?? [])]],
    ]),
});

function flagsOf(state: Tracking | null): string[] {
  if (state === null) return ["off"];
  const flags = ["on"];
  if (state.broadcast) flags.push("bcast");
  if (state.choice !== "all") flags.push(state.choice);
  if (state.isCachingSaid) flags.push(state.choice === "optin" ? "caching-yes" : "caching-no");
  if (state.noLoop) flags.push("noloop");
  if (state.isRedirectBroken) flags.push("broken_redirect");
  return flags;
}

const getredir = defineClient({
  name: "GETREDIR",
  since: "6.0.0",
  arity: 2,
  flags: OWN,
  syntax: "",
  summary: "Answers which connection is told instead of this one; 0: none, -1: tracking is off.",
  parse: () => null,
  run: ({ session }): Reply => session.tracking?.redirect ?? -1,
});

const caching = defineClient({
  name: "CACHING",
  since: "6.0.0",
  arity: 3,
  flags: OWN,
  syntax: "YES | NO",
  summary: "Says of the next command that what it reads is tracked, in OPTIN mode, or is not, in OPTOUT mode.",
  parse: (args) => args[0]!,
  run({ session }, word): Reply {
    const state = session.tracking;
    if (state === null) throw NO_CACHING;
    if (isWord(word, "YES")) {
      if (state.choice !== "optin") throw CACHING_YES_NEEDS_OPTIN;
    } else if (isWord(word, "NO")) {
      if (state.choice !== "optout") throw CACHING_NO_NEEDS_OPTOUT;
    } else throw SYNTAX_ERROR;
    state.isCachingSaid = true;
    return OK;
  },
});

export const TRACKING_COMMANDS: readonly Command[] = [tracking, trackinginfo, getredir, caching];
