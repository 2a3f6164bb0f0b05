import { MEMBER_STATES } from "../replication/membership/member-records.ts";
import type { MetricSample } from "../server/admin/metrics.ts";
import type { RegionLife } from "./region-life.ts";

/** Links, full copies and the log that is kept for peers. */
export function* sampleReplication(life: RegionLife): Generator<MetricSample> {
  const { engine, replication } = life;
  for (const peer of life.peers()) {
    const labels = { peer: peer.peer };
    yield { name: "antipode_peer_connected", labels, value: peer.connected ? 1 : 0 };
    yield { name: "antipode_peer_needs_snapshot", labels, value: peer.needsSnapshot ? 1 : 0 };
    yield { name: "antipode_replication_lag_seconds", labels, value: peer.lagMs / 1000 };
    yield { name: "antipode_replication_behind_batches", labels, value: peer.behindBatches };
    yield { name: "antipode_replication_bytes_received_total", labels, value: peer.bytesReceived };
    yield { name: "antipode_replication_bytes_sent_total", labels, value: peer.bytesSent };
    yield { name: "antipode_link_unsent_bytes", labels, value: peer.unsentBytes };
    yield { name: "antipode_link_rtt_seconds", labels, value: peer.rttMs / 1000 };
  }
  for (const [peer, ends] of life.linkEnds) yield { name: "antipode_link_ends_total", labels: { peer }, value: ends };
  const { all } = life.membership;
  for (const state of MEMBER_STATES) {
    yield { name: "antipode_members", labels: { state }, value: all.filter((one) => one.state === state).length };
  }
  yield { name: "antipode_members_awaited", value: all.reduce((sum, { awaited }) => sum + awaited.length, 0) };
  yield { name: "antipode_held_batches", value: replication?.held.batches ?? 0 };
  yield { name: "antipode_held_bytes", value: replication?.held.bytes ?? 0 };
  yield { name: "antipode_snapshots_outgoing", value: replication?.snapshots.outgoing ?? 0 };
  yield { name: "antipode_snapshot_bytes_sent_total", value: replication?.snapshots.sentBytes ?? 0 };
  yield { name: "antipode_snapshots_installed_total", value: life.snapshotsInstalled };
  const { stability, clock } = engine.keyspace;
  const ageMs = stability.ageMs(clock.wallMs());
  // Before a member's first word there is no age to show; a link that is missing is seen elsewhere.
  yield { name: "antipode_stability_age_seconds", value: Number.isFinite(ageMs) ? Math.max(0, ageMs) / 1000 : 0 };
  yield { name: "antipode_members_fenced_total", value: life.fenced };
  yield { name: "antipode_fence_spent_ratio", value: life.fenceSpent };
  yield { name: "antipode_passed_deadlines", value: engine.housekeeping.passedDeadlines };
  yield { name: "antipode_named_origins", value: engine.keyspace.state.applied.size };
  yield { name: "antipode_retired_origins", value: engine.keyspace.state.origins.retirements.count };
  const { unheldBytes, isFull } = engine.housekeeping.retention;
  yield { name: "antipode_log_unheld_bytes", value: unheldBytes };
  yield { name: "antipode_log_full", value: isFull ? 1 : 0 };
  yield { name: "antipode_log_budget_bytes", value: engine.keyspace.limits.logBytesMax };
  yield { name: "antipode_log_forced_segments_total", value: life.forcedSegments };
}
