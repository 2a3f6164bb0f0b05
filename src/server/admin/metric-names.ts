/** Every metric the node exports: the dashboard, the alert rules and the documentation are compared with this list by tests. */
export interface MetricDescription {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets in seconds, where the usual ones do not fit. */
  readonly bucketsS?: readonly number[];
}

/** From a link's delay to a night without one. */
const WINDOW_BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 43_200];

export const METRICS = [
  {
    name: "antipode_commands_total",
    type: "counter",
    help: "Commands run, by name and outcome (ok, error).",
    labels: ["command", "outcome"],
  },
  {
    name: "antipode_command_seconds_total",
    type: "counter",
    help: "Time spent in commands, by name, without the wait for the disk.",
    labels: ["command"],
  },
  { name: "antipode_connected_clients", type: "gauge", help: "Open connections of the Redis protocol.", labels: [] },
  { name: "antipode_log_last_lsn", type: "gauge", help: "Position of the last batch appended to the log.", labels: [] },
  { name: "antipode_log_durable_lsn", type: "gauge", help: "Position up to which the log is durable.", labels: [] },
  { name: "antipode_log_bytes", type: "gauge", help: "Bytes of log kept on disk.", labels: [] },
  {
    name: "antipode_log_group_duration_seconds",
    type: "histogram",
    help: "Time to write and sync one group of batches.",
    labels: [],
  },
  {
    name: "antipode_log_failures_total",
    type: "counter",
    help: "Times the log failed and the region recovered from it.",
    labels: [],
  },
  {
    name: "antipode_keys",
    type: "gauge",
    help: "Keys that exist, expired but not purged ones included.",
    labels: ["db"],
  },
  { name: "antipode_resident_keys", type: "gauge", help: "Keys whose values are in memory.", labels: [] },
  {
    name: "antipode_packed_keys",
    type: "gauge",
    help: "Of those, the ones that are packed because nobody used them for a while.",
    labels: [],
  },
  { name: "antipode_memory_used_bytes", type: "gauge", help: "Estimated bytes of keys in memory.", labels: [] },
  { name: "antipode_memory_max_bytes", type: "gauge", help: "The limit of it; 0 when there is none.", labels: [] },
  {
    name: "antipode_evicted_keys_total",
    type: "counter",
    help: "Keys dropped from memory; their rows stay.",
    labels: [],
  },
  { name: "antipode_expired_keys_total", type: "counter", help: "Expired keys purged.", labels: [] },
  {
    name: "antipode_checkpoint_duration_seconds",
    type: "histogram",
    help: "Time to make one checkpoint of rows durable.",
    labels: [],
  },
  { name: "antipode_checkpoint_rows_total", type: "counter", help: "Rows written by checkpoints.", labels: [] },
  { name: "antipode_dirty_keys", type: "gauge", help: "Keys whose rows are older than memory.", labels: [] },
  {
    name: "antipode_unstable_items",
    type: "gauge",
    help: "Keys that wait for stability to forget something.",
    labels: [],
  },
  {
    name: "antipode_unstable_bytes",
    type: "gauge",
    help: "Estimated bytes of what they wait to forget: increments, contexts of deadlines, changes of documents.",
    labels: [],
  },
  {
    name: "antipode_link_unsent_bytes",
    type: "gauge",
    help: "Bytes that the sockets to a peer have not taken yet; at 4 MB its log is read no further.",
    labels: ["peer"],
  },
  { name: "antipode_markers", type: "gauge", help: "Deletes that win and are remembered.", labels: [] },
  { name: "antipode_marker_bytes", type: "gauge", help: "Estimated bytes of them.", labels: [] },
  {
    name: "antipode_passed_deadlines",
    type: "gauge",
    help: "Deadlines that have passed and whose values are still kept, counted up to 20,000.",
    labels: [],
  },
  {
    name: "antipode_conflicted_keys",
    type: "gauge",
    help: "Keys with a hidden type, or with values beside the one shown: ANTIPODE CONFLICTS shows both.",
    labels: [],
  },
  {
    name: "antipode_named_origins",
    type: "gauge",
    help: "Incarnations that vectors name: one a region once all is stable.",
    labels: [],
  },
  { name: "antipode_retired_origins", type: "gauge", help: "Incarnations retired from the vectors.", labels: [] },
  {
    name: "antipode_fence_spent_ratio",
    type: "gauge",
    help: "Part of its budget that the longest silent member has spent: above 1 it is evicted.",
    labels: [],
  },
  { name: "antipode_peer_connected", type: "gauge", help: "1 while we are connected to the peer.", labels: ["peer"] },
  {
    name: "antipode_replication_lag_seconds",
    type: "gauge",
    help: "How long something the peer has issued has been missing here.",
    labels: ["peer"],
  },
  {
    name: "antipode_replication_behind_batches",
    type: "gauge",
    help: "Batches the peer has issued that are missing here.",
    labels: ["peer"],
  },
  {
    name: "antipode_replication_delay_seconds",
    type: "histogram",
    help: "Clock time from a batch's origin to its arrival here; includes the difference of the clocks.",
    labels: ["peer"],
  },
  {
    name: "antipode_revocation_window_seconds",
    type: "histogram",
    help: "Clock time from a logout (a delete that wins) in its origin to the moment it holds here; includes the difference of the clocks.",
    labels: ["origin"],
    bucketsS: WINDOW_BUCKETS_S,
  },
  {
    name: "antipode_replication_bytes_received_total",
    type: "counter",
    help: "Bytes received on links to the peer.",
    labels: ["peer"],
  },
  {
    name: "antipode_replication_bytes_sent_total",
    type: "counter",
    help: "Bytes of batches sent to the peer.",
    labels: ["peer"],
  },
  { name: "antipode_link_rtt_seconds", type: "gauge", help: "Round trip of the last heartbeat.", labels: ["peer"] },
  { name: "antipode_link_ends_total", type: "counter", help: "Links to peers that ended.", labels: ["peer"] },
  {
    name: "antipode_held_batches",
    type: "gauge",
    help: "Batches held because something they depend on is missing.",
    labels: [],
  },
  { name: "antipode_subscribers", type: "gauge", help: "Clients that listen to messages.", labels: [] },
  {
    name: "antipode_subscriptions",
    type: "gauge",
    help: "Channels, patterns and shard channels that somebody listens to.",
    labels: ["kind"],
  },
  { name: "antipode_event_streams", type: "gauge", help: "Event streams that are open over REST.", labels: [] },
  {
    name: "antipode_event_streams_cut_total",
    type: "counter",
    help: "Event streams closed because their readers did not read.",
    labels: [],
  },
  {
    name: "antipode_messages_published_total",
    type: "counter",
    help: "Messages that clients of this region published.",
    labels: [],
  },
  {
    name: "antipode_messages_delivered_total",
    type: "counter",
    help: "Messages pushed to clients of this region, one for each.",
    labels: [],
  },
  {
    name: "antipode_messages_received_total",
    type: "counter",
    help: "Messages that peers published.",
    labels: [],
  },
  {
    name: "antipode_messages_sent_total",
    type: "counter",
    help: "Messages sent to peers, one for each.",
    labels: [],
  },
  {
    name: "antipode_messages_dropped_total",
    type: "counter",
    help: "Messages a connected peer did not get (its link was full, or they were too large), or nobody (too many waited for the log).",
    labels: [],
  },
  { name: "antipode_held_bytes", type: "gauge", help: "Bytes of them.", labels: [] },
  {
    name: "antipode_peer_needs_snapshot",
    type: "gauge",
    help: "1 while our log no longer has what the peer lacks.",
    labels: ["peer"],
  },
  {
    name: "antipode_members",
    type: "gauge",
    help: "Regions by state: learner, member, leaving, left, evicted.",
    labels: ["state"],
  },
  {
    name: "antipode_members_awaited",
    type: "gauge",
    help: "Words of members that are waited for until a region that left is gone.",
    labels: [],
  },
  {
    name: "antipode_stability_age_seconds",
    type: "gauge",
    help: "Age of the slowest member's word: what was deleted, expired or incremented since is kept in a longer form.",
    labels: [],
  },
  {
    name: "antipode_members_fenced_total",
    type: "counter",
    help: "Silent members that were evicted by budget.",
    labels: [],
  },
  { name: "antipode_snapshots_outgoing", type: "gauge", help: "Snapshots open for peers.", labels: [] },
  { name: "antipode_snapshot_bytes_sent_total", type: "counter", help: "Bytes of rows sent in snapshots.", labels: [] },
  {
    name: "antipode_snapshots_installed_total",
    type: "counter",
    help: "Snapshots of peers installed here.",
    labels: [],
  },
  {
    name: "antipode_log_unheld_bytes",
    type: "gauge",
    help: "Bytes of log segments with something that no majority of regions holds.",
    labels: [],
  },
  {
    name: "antipode_log_full",
    type: "gauge",
    help: "1 while writes are refused because such segments fill the budget.",
    labels: [],
  },
  { name: "antipode_log_budget_bytes", type: "gauge", help: "Bytes of log kept for peers that lag.", labels: [] },
  {
    name: "antipode_log_forced_segments_total",
    type: "counter",
    help: "Segments of log dropped past the budget though a peer lacked them.",
    labels: [],
  },
  { name: "antipode_disk_free_bytes", type: "gauge", help: "Free space of the data directory's disk.", labels: [] },
  {
    name: "antipode_writes_refused",
    type: "gauge",
    help: "1 while writes are refused: the disk nears its end, the log is full, or the clock is far ahead.",
    labels: [],
  },
  {
    name: "antipode_clock_ahead_seconds",
    type: "gauge",
    help: "How far this region's wall clock is ahead of the middle one of the others; negative: behind.",
    labels: [],
  },
  {
    name: "antipode_peer_clock_ahead_seconds",
    type: "gauge",
    help: "The same against each peer that was heard within a minute.",
    labels: ["peer"],
  },
  {
    name: "antipode_clock_far_ahead",
    type: "gauge",
    help: "1 while writes are refused because this region's clock is far ahead of most others'.",
    labels: [],
  },
  {
    name: "antipode_event_loop_lag_seconds",
    type: "gauge",
    help: "How late the housekeeping timer last fired.",
    labels: [],
  },
  { name: "antipode_ready", type: "gauge", help: "1 while the region serves clients.", labels: [] },
] as const satisfies readonly MetricDescription[];

export type MetricName = (typeof METRICS)[number]["name"];
