import type { ScriptEngine } from "../../../src/commands/scripting-port.ts";
import type { KeyspaceLimits } from "../../../src/keyspace/keyspace.ts";
import type { FakeNetwork, Leaving } from "../fake-links.ts";

export interface NodeParts {
  readonly name: string;
  /** Whom the flags name. */
  readonly peers: readonly string[];
  readonly network: FakeNetwork;
  readonly seed: number;
  readonly limits: KeyspaceLimits;
  readonly segmentRecords: number;
  readonly scripting: ScriptEngine | null;
  /** How long a link on which nothing is heard stays open. */
  readonly silentLinkMs: number;
  /** How long a region that has data waits for a peer's word of it; one without, for anybody. */
  readonly askMs: number;
  /** Hears of every batch that is appended, as bytes. */
  readonly onAppend: (bytes: Buffer) => void;
  /** Its operator lets it give rights away. */
  readonly mayGive: () => boolean;
}

/** Where a crash meets a group of batches on its way. */
export const CRASH_POINTS = ["before-sync", "before-reply", "before-send", "after-send"] as const;

export interface Crash {
  readonly at: (typeof CRASH_POINTS)[number];
  readonly keep: number;
  readonly how: Leaving;
}

/** What INFO would say of the process; only the region's name is asked for. */
export const NOBODYS_FACTS = {
  processId: 1,
  tcpPort: 0,
  executable: "",
  configFile: "",
  residentBytes: 0,
  totalSystemBytes: 0,
  cpuSystemSeconds: 0,
  cpuUserSeconds: 0,
  peersConnected: 0,
  bytesReceived: 0,
  bytesSent: 0,
  extra: [],
};
