import type { Program } from "../world/child-program.ts";
import type { BenchTools } from "./comparison.ts";
import { measureDocuments } from "./documents.ts";
import { measureGrowth } from "./growth.ts";
import { measurePartition, type PartitionResult } from "./partition.ts";
import { measureRecovery } from "./recovery.ts";
import type { Work } from "./run-works.ts";
import { measureSessionMemory } from "./session-memory.ts";
import type { BesidePeer } from "./slow-peer.ts";
import { measureWire, type WireResult } from "./wire-cost.ts";

export interface FurtherOptions {
  readonly program: Program;
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

/** Works whose answer is more than one rate. */
export function furtherWorks(options: FurtherOptions, tools: BenchTools): readonly Work[] {
  const { documentChanges, sessions, quietSeconds, recoveryKeys, requests } = options;
  return [
    { name: "W12", measure: async () => ({ documents: await measureDocuments(tools, documentChanges) }) },
    { name: "W7", measure: async () => ({ memory: await measureSessionMemory(tools, sessions, quietSeconds) }) },
    { name: "W8", measure: async () => ({ recovery: await measureRecovery(tools, recoveryKeys) }) },
    { name: "W9", measure: async () => ({ partition: await apart(options) }) },
    { name: "W10", measure: async () => ({ wire: await onTheWire(tools) }) },
    { name: "W11", measure: async () => ({ growth: await measureGrowth({ ...options, writes: requests }) }) },
  ];
}

async function apart({ program, partitionSeconds, partitionRate, say }: FurtherOptions): Promise<PartitionResult> {
  const result = await measurePartition({ program, seconds: partitionSeconds, rate: partitionRate });
  say(
    `  W9  ${result.partitionSeconds} s apart, ${result.writes} writes: equal ${Math.round(result.equalAfterMs)} ms after healing, ${result.lost} lost, ${result.diverged} diverged`,
  );
  return result;
}

async function onTheWire({ program, redisServer, requests, rounds, say }: BenchTools): Promise<WireResult> {
  const result = await measureWire(program, redisServer, requests, rounds);
  for (const { valueBytes, clients, antipode, redisReplica } of result.bytes) {
    say(
      `  W10  bytes on the wire for a SET of ${valueBytes} bytes, ${clients} clients   ${antipode.toFixed(0).padStart(5)}  Redis replica ${redisReplica.toFixed(0).padStart(5)}  ratio ${(antipode / redisReplica).toFixed(2)}`,
    );
  }
  const { kilobytesPerSecond, without, withQuick, withSlow, quickPeerMs } = result.slowPeer;
  const told = ({ perSecond, writerCpuMicros, quickPeerCpuMicros }: BesidePeer): string =>
    `${Math.round(perSecond)}/s, ${Math.round(writerCpuMicros)} and ${Math.round(quickPeerCpuMicros)} µs a write`;
  say(
    `  W10  beside a third region that takes ${kilobytesPerSecond} KB/s   ${told(withSlow)}; a quick one   ${told(withQuick)}; none   ${told(without)}; the quick one has all ${Math.round(quickPeerMs)} ms after the last answer`,
  );
  return result;
}
