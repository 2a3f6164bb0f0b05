import type { MetricSample } from "../server/admin/metrics.ts";
import type { ClockWatch } from "./clock-watch.ts";
import type { CommandTally } from "./command-tally.ts";
import type { Engine } from "./engine.ts";
import type { RegionLife } from "./region-life.ts";
import { sampleReplication } from "./replication-samples.ts";
import { sampleMessages, type MessageFigures } from "./message-samples.ts";

/** What the node knows of itself besides its engine. */
export interface NodeFigures {
  readonly commands: CommandTally;
  readonly connections: number;
  readonly life: RegionLife;
  readonly messages: MessageFigures;
  readonly checkpointRows: number;
  readonly diskFreeBytes: number;
  readonly clock: Pick<ClockWatch, "aheadMs" | "byPeer" | "refusal">;
  readonly writesRefused: boolean;
  readonly eventLoopLagMs: number;
  readonly ready: boolean;
}

/** Everything that is read at scrape time, from plain numbers. */
export function* sampleNode(engine: Engine, figures: NodeFigures): Generator<MetricSample> {
  for (const [command, { ok, error, micros }] of figures.commands.entries()) {
    if (ok > 0) yield { name: "antipode_commands_total", labels: { command, outcome: "ok" }, value: ok };
    if (error > 0) yield { name: "antipode_commands_total", labels: { command, outcome: "error" }, value: error };
    yield { name: "antipode_command_seconds_total", labels: { command }, value: micros / 1e6 };
  }
  const statistics = engine.keyspace.statistics();
  for (const [db, keys] of statistics.keys.entries()) {
    if (keys > 0 || db === 0) yield { name: "antipode_keys", labels: { db: String(db) }, value: keys };
  }
  yield { name: "antipode_connected_clients", value: figures.connections };
  yield { name: "antipode_log_last_lsn", value: engine.log.lastLsn };
  yield { name: "antipode_log_durable_lsn", value: engine.log.durableLsn };
  yield { name: "antipode_log_bytes", value: engine.log.sizeBytes };
  yield { name: "antipode_log_failures_total", value: figures.life.logFailures };
  yield { name: "antipode_resident_keys", value: statistics.residentKeys };
  yield { name: "antipode_packed_keys", value: statistics.packedKeys };
  yield { name: "antipode_memory_used_bytes", value: statistics.memoryUsedBytes };
  yield { name: "antipode_memory_max_bytes", value: statistics.memoryMaxBytes };
  yield { name: "antipode_evicted_keys_total", value: statistics.evictedKeys };
  yield { name: "antipode_expired_keys_total", value: statistics.expiredKeys };
  yield { name: "antipode_checkpoint_rows_total", value: figures.checkpointRows };
  yield { name: "antipode_dirty_keys", value: statistics.dirtyKeys };
  yield { name: "antipode_unstable_items", value: statistics.unstableItems };
  yield { name: "antipode_unstable_bytes", value: statistics.unstableBytes };
  yield { name: "antipode_markers", value: statistics.markers };
  yield { name: "antipode_marker_bytes", value: statistics.markerBytes };
  yield { name: "antipode_conflicted_keys", value: statistics.conflictedKeys };
  yield* sampleReplication(figures.life);
  yield* sampleMessages(figures.messages);
  yield { name: "antipode_disk_free_bytes", value: Number.isFinite(figures.diskFreeBytes) ? figures.diskFreeBytes : 0 };
  yield* sampleClock(figures.clock);
  yield { name: "antipode_writes_refused", value: figures.writesRefused ? 1 : 0 };
  yield { name: "antipode_event_loop_lag_seconds", value: figures.eventLoopLagMs / 1000 };
  yield { name: "antipode_ready", value: figures.ready ? 1 : 0 };
}

function* sampleClock({ aheadMs, byPeer, refusal }: NodeFigures["clock"]): Generator<MetricSample> {
  yield { name: "antipode_clock_ahead_seconds", value: aheadMs / 1000 };
  yield { name: "antipode_clock_far_ahead", value: refusal === null ? 0 : 1 };
  for (const [peer, comparison] of byPeer) {
    yield { name: "antipode_peer_clock_ahead_seconds", labels: { peer }, value: comparison.aheadMs / 1000 };
  }
}
