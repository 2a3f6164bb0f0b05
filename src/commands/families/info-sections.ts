import { REDIS_VERSION } from "../redis-version.ts";
import type { ServerState } from "../server-state.ts";

/** What INFO says, section by section, under Redis' names. What has no meaning here is left out rather than made up. */

export type InfoLines = readonly (readonly [name: string, value: string | number])[];

export interface InfoSection {
  /** As it is asked for. */
  readonly name: string;
  readonly title: string;
  /** Shown without being asked for by name. */
  readonly isDefault: boolean;
  readonly lines: (server: ServerState) => InfoLines;
}

const SECONDS_PER_DAY = 86_400;

/** 40 hexadecimal characters that change with every start, as clients expect of a run id. */
function runId(server: ServerState): string {
  const bytes = Buffer.from(server.database.incarnation, "utf8").toString("hex");
  return bytes.slice(0, 40).padEnd(40, "0");
}

function human(bytes: number): string {
  const units = ["B", "K", "M", "G", "T"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${units[unit]!}`;
}

function serverLines(server: ServerState): InfoLines {
  const facts = server.facts();
  const uptimeSeconds = Math.floor((server.clock.monotonicMs() - server.startedMs) / 1000);
  return [
    ["redis_version", REDIS_VERSION],
    ["redis_git_sha1", "00000000"],
    ["redis_git_dirty", 0],
    ["redis_build_id", "0000000000000000"],
    ["redis_mode", "standalone"],
    ["os", `${process.platform} ${process.arch}`],
    ["arch_bits", 64],
    ["process_id", facts.processId],
    ["process_supervised", "no"],
    ["run_id", runId(server)],
    ["tcp_port", facts.tcpPort],
    ["server_time_usec", server.clock.wallMs() * 1000],
    ["uptime_in_seconds", uptimeSeconds],
    ["uptime_in_days", Math.floor(uptimeSeconds / SECONDS_PER_DAY)],
    ["hz", server.config.number("hz")],
    ["configured_hz", server.config.number("hz")],
    ["lru_clock", Math.floor(server.clock.wallMs() / 1000) % 2 ** 24],
    ["executable", facts.executable],
    ["config_file", facts.configFile],
    ["io_threads_active", 0],
  ];
}

function clientLines(server: ServerState): InfoLines {
  return [
    ["connected_clients", server.clients.size],
    ["cluster_connections", 0],
    ["maxclients", server.config.number("maxclients")],
    ["client_recent_max_input_buffer", 0],
    ["client_recent_max_output_buffer", 0],
    ["pubsub_clients", server.channels.clients],
    ["blocked_clients", server.blockedClients],
    ["tracking_clients", 0],
    ["clients_in_timeout_table", 0],
  ];
}

function memoryLines(server: ServerState): InfoLines {
  const facts = server.facts();
  const { memoryUsedBytes, memoryMaxBytes } = server.database.statistics();
  const ratio = memoryUsedBytes === 0 ? 1 : facts.residentBytes / memoryUsedBytes;
  return [
    ["used_memory", memoryUsedBytes],
    ["used_memory_human", human(memoryUsedBytes)],
    ["used_memory_rss", facts.residentBytes],
    ["used_memory_rss_human", human(facts.residentBytes)],
    ["used_memory_peak", memoryUsedBytes],
    ["used_memory_peak_human", human(memoryUsedBytes)],
    ["used_memory_dataset", memoryUsedBytes],
    ["total_system_memory", facts.totalSystemBytes],
    ["total_system_memory_human", human(facts.totalSystemBytes)],
    ["used_memory_lua", 0],
    ["number_of_cached_scripts", 0],
    ["maxmemory", memoryMaxBytes],
    ["maxmemory_human", human(memoryMaxBytes)],
    ["maxmemory_policy", server.config.text("maxmemory-policy")],
    ["mem_fragmentation_ratio", ratio.toFixed(2)],
    ["mem_allocator", "v8"],
    ["lazyfree_pending_objects", 0],
  ];
}

function persistenceLines(server: ServerState): InfoLines {
  const { dirtyKeys } = server.database.statistics();
  return [
    ["loading", 0],
    ["async_loading", 0],
    ["rdb_changes_since_last_save", dirtyKeys],
    ["rdb_bgsave_in_progress", 0],
    ["rdb_last_bgsave_status", "ok"],
    ["aof_enabled", 1],
    ["aof_rewrite_in_progress", 0],
    ["aof_rewrite_scheduled", 0],
    ["aof_last_bgrewrite_status", "ok"],
    ["aof_last_write_status", "ok"],
  ];
}

function statsLines(server: ServerState): InfoLines {
  const { statistics, clients, database } = server;
  const keyspace = database.statistics();
  return [
    ["total_connections_received", clients.accepted],
    ["total_commands_processed", statistics.processed],
    ["instantaneous_ops_per_sec", statistics.ratePerSecond(server.clock.monotonicMs())],
    ["rejected_connections", clients.rejected],
    ["sync_full", 0],
    ["sync_partial_ok", 0],
    ["sync_partial_err", 0],
    ["expired_keys", keyspace.expiredKeys],
    ["evicted_keys", keyspace.evictedKeys],
    ["evicted_clients", 0],
    ["keyspace_hits", keyspace.hits],
    ["keyspace_misses", keyspace.misses],
    ["pubsub_channels", server.channels.count("channel")],
    ["pubsub_patterns", server.channels.count("pattern")],
    ["pubsubshard_channels", server.channels.count("shard")],
    ["latest_fork_usec", 0],
    ["total_forks", 0],
    ["unexpected_error_replies", 0],
    ["total_error_replies", statistics.errors],
  ];
}

function replicationLines(server: ServerState): InfoLines {
  return [
    ["role", "master"],
    ["connected_slaves", 0],
    ["master_failover_state", "no-failover"],
    ["master_replid", runId(server)],
    ["master_replid2", "0".repeat(40)],
    ["master_repl_offset", server.database.lastLsn],
    ["second_repl_offset", -1],
    ["repl_backlog_active", 0],
    ["repl_backlog_size", server.config.number("repl-backlog-size")],
    ["repl_backlog_first_byte_offset", 0],
    ["repl_backlog_histlen", 0],
  ];
}

function cpuLines(server: ServerState): InfoLines {
  const { cpuSystemSeconds, cpuUserSeconds } = server.facts();
  return [
    ["used_cpu_sys", cpuSystemSeconds.toFixed(6)],
    ["used_cpu_user", cpuUserSeconds.toFixed(6)],
    ["used_cpu_sys_children", "0.000000"],
    ["used_cpu_user_children", "0.000000"],
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
  { name: "cluster", title: "Cluster", isDefault: true, lines: () => [["cluster_enabled", 0]] },
  { name: "keyspace", title: "Keyspace", isDefault: true, lines: keyspaceLines },
  { name: "antipode", title: "Antipode", isDefault: true, lines: antipodeLines },
];
