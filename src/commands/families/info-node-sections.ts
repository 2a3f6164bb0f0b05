import type { Transaction } from "../../keyspace/transaction-port.ts";
import { REDIS_VERSION } from "../redis-version.ts";
import type { ServerState } from "../server-state.ts";
import { human, runId, zeros, type InfoLines } from "./info-lines.ts";

/** INFO of the process: server, clients, memory, persistence, replication, processor. */

const SECONDS_PER_DAY = 86_400;

export function serverLines(server: ServerState): InfoLines {
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
    ["monotonic_clock", "node"],
    ["multiplexing_api", "libuv"],
    ["atomicvar_api", "none"],
    ["gcc_version", "0.0.0"],
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

export function clientLines(server: ServerState): InfoLines {
  return [
    ["connected_clients", server.clients.size],
    ["cluster_connections", 0],
    ["maxclients", server.config.number("maxclients")],
    ["client_recent_max_input_buffer", 0],
    ["client_recent_max_output_buffer", 0],
    ["pubsub_clients", server.channels.clients],
    ["blocked_clients", server.blockedClients],
    ["tracking_clients", server.tracking.clients],
    ...zeros("clients_in_timeout_table", "total_blocking_keys", "total_blocking_keys_on_nokey"),
  ];
}

/** Scripts are data, and reading them fails while the region recovers: INFO answers all the same. */
function scriptCounts({ scripts }: ServerState, tx: Transaction | null) {
  try {
    const libraries = tx === null ? [] : scripts.functions.all(tx);
    return {
      scripts: tx === null ? 0 : scripts.count(tx),
      libraries: libraries.length,
      functions: libraries.reduce((sum, library) => sum + library.functions.length, 0),
    };
  } catch {
    return { scripts: 0, libraries: 0, functions: 0 };
  }
}

export function memoryLines(server: ServerState, tx: Transaction | null): InfoLines {
  const counts = scriptCounts(server, tx);
  const engineBytes = server.scripts.memoryBytes;
  const facts = server.facts();
  const { memoryUsedBytes, memoryMaxBytes } = server.database.statistics();
  const peakBytes = server.peakMemory(memoryUsedBytes);
  const ratio = memoryUsedBytes === 0 ? 1 : facts.residentBytes / memoryUsedBytes;
  const percent = (bytes: number, of: number): string => `${(of === 0 ? 100 : (bytes / of) * 100).toFixed(2)}%`;
  return [
    ["used_memory", memoryUsedBytes],
    ["used_memory_human", human(memoryUsedBytes)],
    ["used_memory_rss", facts.residentBytes],
    ["used_memory_rss_human", human(facts.residentBytes)],
    ["used_memory_peak", peakBytes],
    ["used_memory_peak_human", human(peakBytes)],
    ["used_memory_peak_perc", percent(memoryUsedBytes, peakBytes)],
    ["used_memory_overhead", 0],
    ["used_memory_startup", 0],
    ["used_memory_dataset", memoryUsedBytes],
    ["used_memory_dataset_perc", percent(memoryUsedBytes, memoryUsedBytes)],
    ["allocator_allocated", memoryUsedBytes],
    ["allocator_active", facts.residentBytes],
    ["allocator_resident", facts.residentBytes],
    ["total_system_memory", facts.totalSystemBytes],
    ["total_system_memory_human", human(facts.totalSystemBytes)],
    ["used_memory_lua", engineBytes],
    ["used_memory_vm_eval", engineBytes],
    ["used_memory_lua_human", human(engineBytes)],
    ["used_memory_scripts_eval", 0],
    ["number_of_cached_scripts", counts.scripts],
    ["number_of_functions", counts.functions],
    ["number_of_libraries", counts.libraries],
    ["used_memory_vm_functions", 0],
    ["used_memory_vm_total", engineBytes],
    ["used_memory_vm_total_human", human(engineBytes)],
    ...zeros("used_memory_functions", "used_memory_scripts"),
    ["used_memory_scripts_human", "0B"],
    ["maxmemory", memoryMaxBytes],
    ["maxmemory_human", human(memoryMaxBytes)],
    ["maxmemory_policy", server.config.text("maxmemory-policy")],
    ["allocator_frag_ratio", "1.00"],
    ["allocator_frag_bytes", 0],
    ["allocator_rss_ratio", "1.00"],
    ["allocator_rss_bytes", 0],
    ["rss_overhead_ratio", "1.00"],
    ["rss_overhead_bytes", 0],
    ["mem_fragmentation_ratio", ratio.toFixed(2)],
    ["mem_fragmentation_bytes", Math.max(0, facts.residentBytes - memoryUsedBytes)],
    ...zeros("mem_not_counted_for_evict", "mem_replication_backlog", "mem_total_replication_buffers"),
    ...zeros("mem_clients_slaves", "mem_clients_normal", "mem_cluster_links", "mem_aof_buffer"),
    ["mem_allocator", "v8"],
    ...zeros("active_defrag_running", "lazyfree_pending_objects", "lazyfreed_objects"),
  ];
}

export function persistenceLines({ database, saver }: ServerState): InfoLines {
  return [
    ...zeros("loading", "async_loading", "current_cow_peak", "current_cow_size", "current_cow_size_age"),
    ["current_fork_perc", "0.00"],
    ...zeros("current_save_keys_processed", "current_save_keys_total"),
    ["rdb_changes_since_last_save", database.statistics().dirtyKeys],
    ["rdb_bgsave_in_progress", saver.isSaving ? 1 : 0],
    ["rdb_last_save_time", Math.floor(saver.savedAtMs / 1000)],
    ["rdb_last_bgsave_status", saver.isFailing ? "err" : "ok"],
    ["rdb_last_bgsave_time_sec", -1],
    ["rdb_current_bgsave_time_sec", -1],
    ["rdb_saves", saver.saves],
    ...zeros("rdb_last_cow_size", "rdb_last_load_keys_expired", "rdb_last_load_keys_loaded"),
    ["aof_enabled", 1],
    ...zeros("aof_rewrite_in_progress", "aof_rewrite_scheduled"),
    ["aof_last_rewrite_time_sec", -1],
    ["aof_current_rewrite_time_sec", -1],
    ["aof_last_bgrewrite_status", "ok"],
    ...zeros("aof_rewrites", "aof_rewrites_consecutive_failures"),
    ["aof_last_write_status", "ok"],
    ...zeros("aof_last_cow_size", "module_fork_in_progress", "module_fork_last_cow_size"),
  ];
}

export function replicationLines(server: ServerState): InfoLines {
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

export function cpuLines(server: ServerState): InfoLines {
  const { cpuSystemSeconds, cpuUserSeconds } = server.facts();
  return [
    ["used_cpu_sys", cpuSystemSeconds.toFixed(6)],
    ["used_cpu_user", cpuUserSeconds.toFixed(6)],
    ["used_cpu_sys_children", "0.000000"],
    ["used_cpu_user_children", "0.000000"],
    ["used_cpu_sys_main_thread", cpuSystemSeconds.toFixed(6)],
    ["used_cpu_user_main_thread", cpuUserSeconds.toFixed(6)],
  ];
}
