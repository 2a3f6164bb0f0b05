import type { BinaryString } from "../../base/bytes.ts";

/** CLIENT TRACKING as one client has switched it on. */
export interface Tracking {
  /** Hears of every key below its prefixes; else of the keys it has read. */
  readonly broadcast: boolean;
  /** What is read counts only after CLIENT CACHING YES, or unless after CLIENT CACHING NO. */
  readonly choice: "all" | "optin" | "optout";
  /** Its own changes are not told to it. */
  readonly noLoop: boolean;
  /** The client that gets the messages instead; 0: itself. */
  readonly redirect: number;
  readonly prefixes: Set<BinaryString>;
  /** CLIENT CACHING was said for the next command. */
  isCachingSaid: boolean;
  isRedirectBroken: boolean;
}
