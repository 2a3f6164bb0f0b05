import type { PeerStatus } from "../replication/replicator.ts";
import type { MetricSample } from "../server/admin/metrics.ts";
import type { CommandTally } from "./command-tally.ts";
import type { Engine } from "./engine.ts";
import { sampleMessages, type MessageFigures } from "./message-samples.ts";

/** What the node knows of itself besides its engine. */
export interface NodeFigures {
  readonly commands: CommandTally;
  readonly connections: number;
  readonly peers: readonly PeerStatus[];
  readonly heldBatches: number;
  readonly messages: MessageFigures;
  readonly linkEnds: ReadonlyMap<string, number>;
  readonly logFailures: number;
  readonly checkpointRows: number;
  readonly diskFreeBytes: number;
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
  yield { name: "antipode_log_failures_total", value: figures.logFailures };
  yield { name: "antipode_resident_keys", value: statistics.residentKeys };
  yield { name: "antipode_memory_used_bytes", value: statistics.memoryUsedBytes };
  yield { name: "antipode_memory_max_bytes", value: statistics.memoryMaxBytes };
  yield { name: "antipode_evicted_keys_total", value: statistics.evictedKeys };
  yield { name: "antipode_expired_keys_total", value: statistics.expiredKeys };
  yield { name: "antipode_checkpoint_rows_total", value: figures.checkpointRows };
  yield { name: "antipode_dirty_keys", value: statistics.dirtyKeys };
  yield { name: "antipode_unstable_items", value: statistics.unstableItems };
  for (const peer of figures.peers) {
    const labels = { peer: peer.peer };
    yield { name: "antipode_peer_connected", labels, value: peer.connected ? 1 : 0 };
    yield { name: "antipode_replication_lag_seconds", labels, value: peer.lagMs / 1000 };
    yield { name: "antipode_replication_behind_batches", labels, value: peer.behindBatches };
    yield { name: "antipode_replication_bytes_received_total", labels, value: peer.bytesReceived };
    yield { name: "antipode_replication_bytes_sent_total", labels, value: peer.bytesSent };
    yield { name: "antipode_link_rtt_seconds", labels, value: peer.rttMs / 1000 };
  }
  for (const [peer, ends] of figures.linkEnds)
    yield { name: "antipode_link_ends_total", labels: { peer }, value: ends };
  yield { name: "antipode_held_batches", value: figures.heldBatches };
  yield* sampleMessages(figures.messages);
  yield { name: "antipode_disk_free_bytes", value: Number.isFinite(figures.diskFreeBytes) ? figures.diskFreeBytes : 0 };
  yield { name: "antipode_writes_refused", value: figures.writesRefused ? 1 : 0 };
  yield { name: "antipode_event_loop_lag_seconds", value: figures.eventLoopLagMs / 1000 };
  yield { name: "antipode_ready", value: figures.ready ? 1 : 0 };
}
