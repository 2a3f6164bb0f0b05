import type { Program } from "../world/child-program.ts";
import type { BenchTools } from "./comparison.ts";
import { measureDocuments, type DocumentPoint } from "./documents.ts";
import { measureGrowth, type GrowthResult } from "./growth.ts";
import { measurePartition, type PartitionResult } from "./partition.ts";
import { measureRecovery, type RecoveryPoint } from "./recovery.ts";
import { measureSessionMemory, type MemoryResult } from "./session-memory.ts";
import { measureWire, type WireResult } from "./wire-cost.ts";

export interface FurtherOptions {
  readonly program: Program;
  readonly works: readonly string[];
  readonly rounds: number;
  readonly requests: number;
  readonly partitionSeconds: number;
  /** Writes a second in each region meanwhile. */
  readonly partitionRate: number;
  readonly hashFieldsMax: number;
  readonly regionsMax: number;
  readonly keysMax: number;
  /** Of W12. */
  readonly documentChanges: number;
  /** Of W7. */
  readonly sessions: number;
  readonly quietSeconds: number;
  /** Of W8. */
  readonly recoveryKeys: readonly number[];
  readonly say: (line: string) => void;
}

/** Works whose answer is more than one rate; null: not asked for. */
export interface FurtherResults {
  readonly partition: PartitionResult | null;
  readonly wire: WireResult | null;
  readonly growth: GrowthResult | null;
  readonly documents: readonly DocumentPoint[] | null;
  readonly memory: MemoryResult | null;
  readonly recovery: readonly RecoveryPoint[] | null;
}

export async function measureFurther(options: FurtherOptions, tools: BenchTools): Promise<FurtherResults> {
  const { works, requests } = options;
  return {
    documents: works.includes("W12") ? await measureDocuments(tools, options.documentChanges) : null,
    memory: works.includes("W7") ? await measureSessionMemory(tools, options.sessions, options.quietSeconds) : null,
    recovery: works.includes("W8") ? await measureRecovery(tools, options.recoveryKeys) : null,
    partition: works.includes("W9") ? await apart(options) : null,
    wire: works.includes("W10") ? await onTheWire(options, tools.redisServer) : null,
    growth: works.includes("W11") ? await measureGrowth({ ...options, writes: requests }) : null,
  };
}

async function apart({ program, partitionSeconds, partitionRate, say }: FurtherOptions): Promise<PartitionResult> {
  const result = await measurePartition({ program, seconds: partitionSeconds, rate: partitionRate });
  say(
    `  W9  ${result.partitionSeconds} s apart, ${result.writes} writes: equal ${Math.round(result.equalAfterMs)} ms after healing, ${result.lost} lost, ${result.diverged} diverged`,
  );
  return result;
}

async function onTheWire({ program, requests, rounds, say }: FurtherOptions, redisServer: string): Promise<WireResult> {
  const result = await measureWire(program, redisServer, requests, rounds);
  for (const { valueBytes, clients, antipode, redisReplica } of result.bytes) {
    say(
      `  W10  bytes on the wire for a SET of ${valueBytes} bytes, ${clients} clients   ${antipode.toFixed(0).padStart(5)}  Redis replica ${redisReplica.toFixed(0).padStart(5)}  ratio ${(antipode / redisReplica).toFixed(2)}`,
    );
  }
  const { kilobytesPerSecond, without, withSlow, quickPeerMs } = result.slowPeer;
  say(
    `  W10  with a third region that takes ${kilobytesPerSecond} KB/s   ${Math.round(withSlow)}/s, without ${Math.round(without)}/s; the quick one has all ${Math.round(quickPeerMs)} ms after the last answer`,
  );
  return result;
}
