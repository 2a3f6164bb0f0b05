import type { Operation, Saw, Shown } from "./operations.ts";

/**
 * The record of a run: NDJSON, one line a fact, the header first and the end last. Checkers and figures read the record alone, so a run can
 * be judged again by what is known later, and a simulated run is judged by the same code as a real one.
 *
 * All times are milliseconds with fractions on one monotonic clock, the harness', since the header was written; `startedAt` alone is
 * wall time, as a label. Raised whenever a reader of the former version would misunderstand a line; added fields do not raise it.
 */
export const RECORD_VERSION = 1;

export type RecordLine = HeaderLine | OpLine | FaultLine | RegionLine | ProbeLine | EventLine | FinalLine | EndLine;

/** What a delete does to concurrent writes; docs/contract.md, "Deletes that must win". */
export type KeyClass = "update-wins" | "delete-wins" | "delete-final";

/** A figure of the report and what it may be. `null`: no bound on that side. */
export interface Budget {
  readonly figure: string;
  readonly min: number | null;
  readonly max: number | null;
}

export interface HeaderLine {
  readonly line: "header";
  readonly version: number;
  /** Short name, as on the command line. */
  readonly scenario: string;
  /** One sentence: what happens in it. */
  readonly title: string;
  readonly seed: number;
  /** `ci`, `nightly`, `simulation`, … */
  readonly profile: string;
  readonly regions: readonly string[];
  /** Which proxy stood between the regions, with its version: `toxiproxy 2.12.0`, `built-in`, `none`, `simulated`. */
  readonly proxy: string;
  /** Versions of what ran: `{"antipode": "0.1.0", "node": "v20.19.0"}`. */
  readonly programs: Readonly<Record<string, string>>;
  /** What a reader needs to know of the machine: `{"cpus": "2", "platform": "linux x64"}`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Wall time, ISO 8601. A label. */
  readonly startedAt: string;
  /** By the longest prefix of a key; keys that fit none are update-wins. */
  readonly classes: readonly { readonly prefix: string; readonly class: KeyClass }[];
  readonly workload: {
    readonly ratePerSecond: number;
    /** Operations start when they are due, whether earlier ones have been answered or not. */
    readonly openLoop: boolean;
    readonly clients: number;
  };
  /** How long after `tHeal` regions may take to be equal. */
  readonly convergeWithinMs: number;
  /** What the scenario promises. The judge adds: nothing lost, nothing diverged, no ghosts, … unless it is named here. */
  readonly budgets: readonly Budget[];
  /** True when the scenario injects a fault: without one in the record the run says nothing. */
  readonly expectsFault: boolean;
  /** Links (and what stands for them) that are part of the world and no fault: `{"us-east→eu-west": "30 ms one way"}`. */
  readonly links: Readonly<Record<string, string>>;
}

/** `acked`: answered with success. `failed`: refused, or never sent. `unknown`: sent, and no answer came; it may have happened, or happen later. */
export type Outcome = "acked" | "failed" | "unknown";

export type Via = "resp" | "rest" | "router-resp" | "router-rest" | "simulated";

/** How many other regions must have a write durably before its client goes on: none, one, all. */
export type WriteConcern = "local" | "one" | "all";

/** One attempt at one operation. */
export interface OpLine {
  readonly line: "op";
  readonly id: number;
  /** A client has one place and one connection (or SDK); what it tries a second time through the router is its own too. */
  readonly client: string;
  /** Whose reads and writes belong together for read-your-writes and monotonic reads; null: nobody's. */
  readonly session: string | null;
  readonly via: Via;
  readonly library: string | null;
  /** Null: the router chose. */
  readonly regionAsked: string | null;
  /** Null: not known (no answer, or a door that does not say). */
  readonly regionServed: string | null;
  readonly op: Operation;
  /** When an open loop wanted it to start: latency counts from here. */
  readonly scheduledMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly outcome: Outcome;
  readonly error: string | null;
  /** Null for a write whose answer says nothing, and for what was not acked. */
  readonly saw: Saw | null;
  readonly concern: WriteConcern;
  /** How many other regions said that they have it durably before `endedMs`; null when nobody asked. */
  readonly confirmedBy: number | null;
  /** `fresh`: a sync token of the session was sent and honoured; `stale`: sent, and the region said that it lacks something. */
  readonly token: "none" | "fresh" | "stale";
}

/** A fault begins or is healed. `atMs` is when the injector's call returned: `tFault` and `tHeal`. */
export interface FaultLine {
  readonly line: "fault";
  /** The same for begin and heal. */
  readonly id: string;
  /** `kill`, `partition`, `slow-link`, … */
  readonly kind: string;
  /** What a person reads: "eu-west is killed and its disk destroyed". */
  readonly title: string;
  readonly phase: "begin" | "heal";
  /** Regions it hits. */
  readonly regions: readonly string[];
  /** Directed links it hits: `us-east→eu-west`. */
  readonly links: readonly string[];
  /** True when the regions lose what was on their disks (destroyed, or an old copy put back): what no other region had is gone. */
  readonly losesDisk: boolean;
  readonly askedMs: number;
  readonly atMs: number;
}

/** What one region said of itself at one moment: state, and which batches it has durably. Sampled all the time. */
export interface RegionLine {
  readonly line: "region";
  /** When it was asked. */
  readonly atMs: number;
  readonly region: string;
  /** `serving`: answers clients; `up`: the process answers, clients are refused; `down`: no answer. */
  readonly state: "serving" | "up" | "down";
  /** Per origin the highest sequence it has durably; null when it did not say. Origins begin with their region's name and `#`. */
  readonly positions: Readonly<Record<string, number>> | null;
  /** Of its state, with the instant it was asked for; regions asked for one instant can be compared. Null when not asked. */
  readonly digest: { readonly value: string; readonly forMs: number } | null;
  readonly keys: number | null;
}

/** Something was done in one region and waited for in another: a write until it is visible, a logout until it is refused. */
export interface ProbeLine {
  readonly line: "probe";
  readonly kind: "write" | "logout";
  readonly from: string;
  readonly to: string;
  readonly ackedMs: number;
  /** When it was first seen; null: not seen until `gaveUpMs`. */
  readonly seenMs: number | null;
  /** Null when it was seen. */
  readonly gaveUpMs: number | null;
}

/**
 * `detected`, `decided`, `returned`: the router holds a region for down, sends clients elsewhere, sends them there again. `stopped`, `started`,
 * `serving`: a process. `workload`: begins or ends. `failure`: the harness itself failed, the run says nothing.
 */
export interface EventLine {
  readonly line: "event";
  readonly atMs: number;
  readonly kind:
    | "detected"
    | "decided"
    | "returned"
    | "stopped"
    | "started"
    | "serving"
    | "workload"
    | "note"
    | "failure";
  readonly region: string | null;
  readonly detail: string;
}

/**
 * One key as one region shows it at the end. `without` null: all regions, after everything healed. `without` a region: the survivors, read
 * while that one was away: what there would be if it never came back.
 */
export interface FinalLine {
  readonly line: "final";
  readonly without: string | null;
  readonly region: string;
  readonly key: string;
  readonly shown: Shown;
  /** Until its deadline; null: it has none, or is absent. */
  readonly ttlMs: number | null;
  /** Between these it was read. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** The last line: a record without it was cut short. */
export interface EndLine {
  readonly line: "end";
  readonly atMs: number;
  /** When all regions' digests were first found equal after the last heal (and the workload's end); null: never within the deadline. */
  readonly equalMs: number | null;
  /** Each region's digest at the end, for one instant. */
  readonly digests: Readonly<Record<string, string>>;
}
