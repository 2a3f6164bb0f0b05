import { isOriginId, isRegionName, type OriginId, type RegionName } from "../crdt/origin.ts";
import { isNamedVector, VECTOR_ENTRIES_MAX, type NamedVector } from "../crdt/version-vector.ts";
import type { PackedRetirement } from "../keyspace/checkpoint-head.ts";
import type { MemberReport } from "../keyspace/replica-port.ts";
import { encodeFrame, FRAME, MalformedFrameError } from "./frame.ts";
import { CALL_FEATURE } from "./call-frames.ts";
import { PUBLISH_FEATURE } from "./published.ts";
import { SNAPSHOT_FEATURE } from "./row-frames.ts";

/** Versions of the conversation this program speaks. A peer that shares none is refused with a clear reason. */
export const PROTOCOL_MIN = 1;
export const PROTOCOL_MAX = 1;
/** What may be switched on when both sides have it. */
export const FEATURES: readonly string[] = ["deflate", PUBLISH_FEATURE, SNAPSHOT_FEATURE, CALL_FEATURE];

export type Message =
  /** Dialler's first word. */
  | {
      readonly say: "hello";
      readonly protocolMin: number;
      readonly protocolMax: number;
      readonly features: readonly string[];
      readonly batchFormat: number;
      readonly frameBytesMax: number;
      readonly batchBytesMax: number;
      readonly region: RegionName;
      readonly incarnation: OriginId;
      readonly nonce: string;
    }
  /** Acceptor's answer, with its proof that it knows the secret. */
  | {
      readonly say: "welcome";
      readonly protocol: number;
      readonly features: readonly string[];
      readonly frameBytesMax: number;
      readonly batchBytesMax: number;
      readonly region: RegionName;
      readonly incarnation: OriginId;
      readonly nonce: string;
      readonly proof: string;
    }
  /** Dialler's proof; the link is open for it. */
  | { readonly say: "proof"; readonly proof: string }
  /** Acceptor has checked it: the link is open. */
  | { readonly say: "open" }
  /** The link closes, for this reason. `retry` false: not before a person has changed something. */
  | { readonly say: "goodbye"; readonly reason: string; readonly retry: boolean; readonly code?: string }
  /**
   * Dialler: from now on send what `regions` wrote beyond `has`. Replaces the last subscription: a region that was in it goes on
   * where it is, one that was not begins at `has`. So leaving a region out once asks for it again. `held`: single batches beyond
   * `has` that need not be sent again either.
   */
  | {
      readonly say: "subscribe";
      readonly regions: readonly RegionName[];
      readonly has: NamedVector;
      readonly held: NamedVector;
    }
  /** Provider: of these regions the log no longer has what the subscription lacks; they are left out of it. */
  | { readonly say: "truncated"; readonly regions: readonly RegionName[] }
  /**
   * Dialler: wants a snapshot that contains `minimum`, or the rest of snapshot `id` behind the row `after` (hexadecimal). Both empty:
   * none was begun.
   */
  | { readonly say: "snapshot"; readonly minimum: NamedVector; readonly id: string; readonly after: string }
  /** Provider: frames of rows follow, `resumed` behind the row that was asked for. */
  | {
      readonly say: "snapshot-begin";
      readonly id: string;
      readonly resumed: boolean;
      readonly origins: readonly OriginId[];
      readonly retired: readonly PackedRetirement[];
      readonly vector: NamedVector;
      readonly stamp: number;
      readonly counts: readonly number[];
      readonly deadlineCounts: readonly number[];
      readonly conflictCounts: readonly number[];
    }
  /** Dialler: so many frames of rows since `snapshot-begin` are stored. */
  | { readonly say: "snapshot-stored"; readonly id: string; readonly frames: number }
  /** Provider: that was the last row. */
  | { readonly say: "snapshot-end"; readonly id: string }
  /** Who has what durably; both ways. */
  | { readonly say: "report"; readonly reports: readonly MemberReport[] }
  /** `at` is the sender's own clock, milliseconds; it comes back with the pong. */
  | { readonly say: "ping"; readonly at: number }
  /** The same `at`, and the answerer's wall clock, milliseconds; without in versions that do not say it. */
  | { readonly say: "pong"; readonly at: number; readonly clockMs?: number };

export type SnapshotMessage = Extract<
  Message,
  { say: "snapshot" | "snapshot-begin" | "snapshot-stored" | "snapshot-end" }
>;

export function encodeMessage(message: Message, compressFromBytes = Number.POSITIVE_INFINITY): Buffer {
  return encodeFrame(FRAME.message, Buffer.from(JSON.stringify(message)), compressFromBytes);
}

/** Characters of one text in a message. */
const TEXT_MAX = 1000;
/** Regions one message may name. */
const REGIONS_MAX = 256;

/** A message from outside, checked field by field. Throws MalformedFrameError. */
export function decodeMessage(payload: Buffer): Message {
  let value: unknown;
  try {
    value = JSON.parse(payload.toString("utf8"));
  } catch {
    throw new MalformedFrameError("a message is not JSON");
  }
  if (typeof value !== "object" || value === null) throw new MalformedFrameError("a message is not an object");
  const fields = value as Record<string, unknown>;
  const say = fields["say"];
  const check = typeof say === "string" && Object.hasOwn(CHECKS, say) ? CHECKS[say as Message["say"]] : undefined;
  if (check === undefined) throw new MalformedFrameError(`a message says ${JSON.stringify(say)?.slice(0, 40)}`);
  for (const [name, isValid] of Object.entries(check)) {
    if (!isValid(fields[name])) throw new MalformedFrameError(`"${String(say)}" has a bad "${name}"`);
  }
  return value as Message;
}

type Check = (value: unknown) => boolean;
const isText: Check = (value) => typeof value === "string" && value.length <= TEXT_MAX;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Limits below this would be a peer's way to make us cut everything into crumbs. */
const SIZE_MIN = 1024;
const isSize: Check = (value) => isCount(value) && (value as number) >= SIZE_MIN;
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isRegion: Check = (value) => typeof value === "string" && isRegionName(value);
const isOrigin: Check = (value) => typeof value === "string" && isOriginId(value);
const isListOf =
  (item: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(item);
/** Bytes of a row's key, as the store has it, in hexadecimal digits. */
const ROW_KEY_DIGITS_MAX = 4096;
const isRowKey: Check = (value) =>
  typeof value === "string" && value.length <= ROW_KEY_DIGITS_MAX && /^(?:[0-9a-f]{2})*$/u.test(value);
const isRetirement: Check = (value) => Array.isArray(value) && value.length === 4 && value.every(isCount);
const isFlag: Check = (value) => typeof value === "boolean";
const isReport: Check = (value) => {
  if (typeof value !== "object" || value === null) return false;
  const report = value as Record<string, unknown>;
  return isRegion(report["region"]) && isNamedVector(report["vector"]) && isNumber(report["clockMs"]);
};

/** Every message has its checks, or this does not compile. */
const CHECKS: { readonly [Say in Message["say"]]: Readonly<Record<string, Check>> } = {
  hello: {
    protocolMin: isCount,
    protocolMax: isCount,
    features: isListOf(isText, 64),
    batchFormat: isCount,
    frameBytesMax: isSize,
    batchBytesMax: isSize,
    region: isRegion,
    incarnation: isOrigin,
    nonce: isText,
  },
  welcome: {
    protocol: isCount,
    features: isListOf(isText, 64),
    frameBytesMax: isSize,
    batchBytesMax: isSize,
    region: isRegion,
    incarnation: isOrigin,
    nonce: isText,
    proof: isText,
  },
  proof: { proof: isText },
  open: {},
  goodbye: { reason: isText, retry: isFlag, code: (value) => value === undefined || isText(value) },
  subscribe: { regions: isListOf(isRegion, REGIONS_MAX), has: isNamedVector, held: isNamedVector },
  truncated: { regions: isListOf(isRegion, REGIONS_MAX) },
  snapshot: { minimum: isNamedVector, id: isText, after: isRowKey },
  "snapshot-begin": {
    id: isText,
    resumed: isFlag,
    origins: isListOf(isOrigin, VECTOR_ENTRIES_MAX),
    retired: isListOf(isRetirement, VECTOR_ENTRIES_MAX),
    vector: isNamedVector,
    stamp: isCount,
    counts: isListOf(isCount, 256),
    deadlineCounts: isListOf(isCount, 256),
    conflictCounts: isListOf(isCount, 256),
  },
  "snapshot-stored": { id: isText, frames: isCount },
  "snapshot-end": { id: isText },
  report: { reports: isListOf(isReport, REGIONS_MAX) },
  ping: { at: isNumber },
  pong: { at: isNumber, clockMs: (value) => value === undefined || isNumber(value) },
};
