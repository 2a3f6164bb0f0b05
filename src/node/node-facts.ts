import { totalmem } from "node:os";
import type { NodeFacts } from "../commands/server-context.ts";

/** What INFO says of the process and the region, from what the node knows and what the process can ask. */
export function nodeFacts(known: {
  readonly region: string;
  readonly tcpPort: number;
  readonly peersConnected: number;
  readonly state: string;
  readonly logBytes: number;
  /** Null before the Redis protocol's door is open. */
  readonly traffic: { readonly bytesReceived: number; readonly bytesSent: number } | null;
}): NodeFacts {
  const cpu = process.cpuUsage();
  return {
    region: known.region,
    processId: process.pid,
    tcpPort: known.tcpPort,
    executable: process.argv[1] ?? "",
    configFile: process.env["ANTIPODE_CONFIG"] ?? "",
    residentBytes: process.memoryUsage.rss(),
    totalSystemBytes: totalmem(),
    cpuSystemSeconds: cpu.system / 1e6,
    cpuUserSeconds: cpu.user / 1e6,
    peersConnected: known.peersConnected,
    bytesReceived: known.traffic?.bytesReceived ?? 0,
    bytesSent: known.traffic?.bytesSent ?? 0,
    extra: [
      ["state", known.state],
      ["log_bytes", known.logBytes],
    ],
  };
}
