import type { ServerState } from "../commands/server-state.ts";
import type { PublishCounts } from "../replication/publisher.ts";
import type { MetricSample } from "../server/admin/metrics.ts";

/** What pub/sub has done, at scrape time. */
export interface MessageFigures {
  readonly server: Pick<ServerState, "channels" | "announcements">;
  readonly streams: { readonly open: number; readonly cut: number };
  /** Null while there are no links to peers. */
  readonly peers: PublishCounts | null;
}

export function* sampleMessages({ server, streams, peers }: MessageFigures): Generator<MetricSample> {
  const { channels, announcements } = server;
  yield { name: "antipode_subscribers", value: channels.clients };
  for (const kind of ["channel", "pattern", "shard"] as const) {
    yield { name: "antipode_subscriptions", labels: { kind }, value: channels.count(kind) };
  }
  yield { name: "antipode_event_streams", value: streams.open };
  yield { name: "antipode_event_streams_cut_total", value: streams.cut };
  yield { name: "antipode_messages_published_total", value: announcements.published };
  yield { name: "antipode_messages_delivered_total", value: announcements.delivered };
  yield { name: "antipode_messages_received_total", value: peers?.received ?? 0 };
  yield { name: "antipode_messages_sent_total", value: peers?.sent ?? 0 };
  yield { name: "antipode_messages_dropped_total", value: announcements.dropped + (peers?.dropped ?? 0) };
}
