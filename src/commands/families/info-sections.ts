import type { Transaction } from "../../keyspace/transaction-port.ts";
import type { ServerState } from "../server-state.ts";
import { zeros, type InfoLines } from "./info-lines.ts";
import {
  clientLines,
  cpuLines,
  memoryLines,
  persistenceLines,
  replicationLines,
  serverLines,
} from "./info-node-sections.ts";

/** What INFO says, section by section, under Redis' names; here what is counted, and what is ours. */

export interface InfoSection {
  /** As it is asked for. */
  readonly name: string;
  readonly title: string;
  /** Shown without being asked for by name. */
  readonly isDefault: boolean;
  /** `tx`: null where there is none. */
  readonly lines: (server: ServerState, tx: Transaction | null) => InfoLines;
}

function statsLines(server: ServerState): InfoLines {
  const { statistics, clients, database, channels, aclLog } = server;
  const keyspace = database.statistics();
  const { bytesReceived, bytesSent } = server.facts();
  return [
    ["total_connections_received", clients.accepted],
    ["total_commands_processed", statistics.processed],
    ["instantaneous_ops_per_sec", statistics.ratePerSecond(server.clock.monotonicMs())],
    ["total_net_input_bytes", bytesReceived],
    ["total_net_output_bytes", bytesSent],
    ...zeros("total_net_repl_input_bytes", "total_net_repl_output_bytes"),
    ["instantaneous_input_kbps", "0.00"],
    ["instantaneous_output_kbps", "0.00"],
    ["instantaneous_input_repl_kbps", "0.00"],
    ["instantaneous_output_repl_kbps", "0.00"],
    ["rejected_connections", clients.rejected],
    ...zeros("sync_full", "sync_partial_ok", "sync_partial_err"),
    ["expired_keys", keyspace.expiredKeys],
    ["expired_stale_perc", "0.00"],
    ...zeros("expired_time_cap_reached_count", "expire_cycle_cpu_milliseconds"),
    ["evicted_keys", keyspace.evictedKeys],
    ...zeros("evicted_clients", "total_eviction_exceeded_time", "current_eviction_exceeded_time"),
    ["keyspace_hits", keyspace.hits],
    ["keyspace_misses", keyspace.misses],
    ["pubsub_channels", channels.count("channel")],
    ["pubsub_patterns", channels.count("pattern")],
    ["pubsubshard_channels", channels.count("shard")],
    ...zeros("latest_fork_usec", "total_forks", "migrate_cached_sockets", "slave_expires_tracked_keys"),
    ...zeros("active_defrag_hits", "active_defrag_misses", "active_defrag_key_hits", "active_defrag_key_misses"),
    ...zeros("total_active_defrag_time", "current_active_defrag_time"),
    ["tracking_total_keys", server.tracking.keys],
    ["tracking_total_items", server.tracking.items],
    ["tracking_total_prefixes", server.tracking.prefixes],
    ...zeros("unexpected_error_replies"),
    ["total_error_replies", statistics.errors],
    ...zeros("dump_payload_sanitizations", "total_reads_processed", "total_writes_processed"),
    ...zeros("io_threaded_reads_processed", "io_threaded_writes_processed"),
    ...zeros("reply_buffer_shrinks", "reply_buffer_expands"),
    ["acl_access_denied_auth", aclLog.denied.auth],
    ["acl_access_denied_cmd", aclLog.denied.command],
    ["acl_access_denied_key", aclLog.denied.key],
    ["acl_access_denied_channel", aclLog.denied.channel],
  ];
}

function commandLines(server: ServerState): InfoLines {
  return Array.from(server.statistics.commands(), ([command, { calls, micros, rejected, failed }]) => {
    const perCall = calls === 0 ? 0 : micros / calls;
    const value =
      `calls=${calls},usec=${Math.round(micros)},usec_per_call=${perCall.toFixed(2)},` +
      `rejected_calls=${rejected},failed_calls=${failed}`;
    return [`cmdstat_${command.fullName}`, value];
  });
}

function errorLines(server: ServerState): InfoLines {
  return Array.from(server.statistics.errorCodes(), ([code, count]) => [`errorstat_${code}`, `count=${count}`]);
}

function latencyLines({ statistics, config }: ServerState): InfoLines {
  const percentiles = config
    .text("latency-tracking-info-percentiles")
    .split(" ")
    .filter((word) => word !== "");
  return [...statistics.commands()]
    .filter(([, { histogram }]) => histogram.calls > 0)
    .map(([{ fullName }, { histogram }]) => {
      const values = percentiles.map((word) => `p${Number(word)}=${histogram.percentile(Number(word)).toFixed(3)}`);
      return [`latency_percentiles_usec_${fullName}`, values.join(",")];
    });
}

function keyspaceLines(server: ServerState): InfoLines {
  const { keys, keysWithDeadline } = server.database.statistics();
  const lines: (readonly [string, string])[] = [];
  for (const [db, count] of keys.entries()) {
    if (count > 0) lines.push([`db${db}`, `keys=${count},expires=${keysWithDeadline[db] ?? 0},avg_ttl=0`]);
  }
  return lines;
}

function antipodeLines(server: ServerState): InfoLines {
  const facts = server.facts();
  const keyspace = server.database.statistics();
  return [
    ["antipode_version", server.version],
    ["region", facts.region],
    ["incarnation", server.database.incarnation],
    ["peers_connected", facts.peersConnected],
    ["log_last_lsn", server.database.lastLsn],
    ["log_durable_lsn", server.database.durableLsn],
    ["resident_keys", keyspace.residentKeys],
    ["packed_keys", keyspace.packedKeys],
    ["dirty_keys", keyspace.dirtyKeys],
    ["unstable_items", keyspace.unstableItems],
    ...facts.extra,
  ];
}

export const INFO_SECTIONS: readonly InfoSection[] = [
  { name: "server", title: "Server", isDefault: true, lines: serverLines },
  { name: "clients", title: "Clients", isDefault: true, lines: clientLines },
  { name: "memory", title: "Memory", isDefault: true, lines: memoryLines },
  { name: "persistence", title: "Persistence", isDefault: true, lines: persistenceLines },
  { name: "stats", title: "Stats", isDefault: true, lines: statsLines },
  { name: "replication", title: "Replication", isDefault: true, lines: replicationLines },
  { name: "cpu", title: "CPU", isDefault: true, lines: cpuLines },
  { name: "modules", title: "Modules", isDefault: true, lines: () => [] },
  { name: "commandstats", title: "Commandstats", isDefault: false, lines: commandLines },
  { name: "errorstats", title: "Errorstats", isDefault: true, lines: errorLines },
  { name: "latencystats", title: "Latencystats", isDefault: false, lines: latencyLines },
  { name: "cluster", title: "Cluster", isDefault: true, lines: () => [["cluster_enabled", 0]] },
  { name: "keyspace", title: "Keyspace", isDefault: true, lines: keyspaceLines },
  { name: "antipode", title: "Antipode", isDefault: true, lines: antipodeLines },
];
