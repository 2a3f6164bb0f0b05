import type { BinaryString } from "../../base/bytes.ts";
import type { Operation } from "../../crdt/operation.ts";
import { DATABASE_COUNT } from "../../crdt/operations/operation-kind.ts";
import type { ConfigStore } from "../config-store.ts";
import type { Announcements } from "./announcements.ts";
import type { ChannelTable } from "./channel-table.ts";
import { parseEventSettings, type EventClass, type EventSettings } from "./event-classes.ts";
import { eventsOfOperations } from "./peer-events.ts";

const OFF: EventSettings = { byKey: false, byEvent: false, classes: new Set() };

/**
 * Keyspace notifications: a region tells its own subscribers what happened to its keys, if `notify-keyspace-events` asks for it.
 *
 * A command says what it has done in one line of its `run`, under Redis' name for it, after its last check and once for each key:
 *
 *     tx.sets.add(key, added);
 *     notify(call, "set", "sadd", key);
 *
 * and nothing when it has done nothing. (`notify.ts`; `notifyRemoval` is for what may take a key's last element, `notifyStored` for the STORE
 * of a result.) What comes of itself: `new` (a key of the call exists after it and did not before),
 * `keymiss` (a key of a reading call does not exist), `expired`. What a call tells is collected, and published once its batch
 * is durable; it stays in this region. What is written in other regions is told here by the operations that arrive, under the
 * names that those have (see `peer-events.ts`). Eviction drops no data here, so `evicted` never comes.
 */
export class KeyspaceEvents {
  readonly #announcements: Announcements;
  readonly #channels: ChannelTable;
  #settings = OFF;
  #asksForPresence = false;

  /** `onSettings`: what is asked for has changed. */
  constructor(config: ConfigStore, channels: ChannelTable, announcements: Announcements, onSettings: () => void) {
    this.#channels = channels;
    this.#announcements = announcements;
    config.onChange("notify-keyspace-events", (letters) => {
      const settings = parseEventSettings(letters);
      this.#settings = settings !== null && (settings.byKey || settings.byEvent) ? settings : OFF;
      this.#asksForPresence = this.#settings.classes.has("new") || this.#settings.classes.has("miss");
      onSettings();
    });
  }

  /** Asked for by the settings, whether anybody listens or not. */
  get asksForExpired(): boolean {
    return this.#settings.classes.has("expired");
  }

  /** Calls must be asked which of their keys exist. */
  get asksForPresence(): boolean {
    return this.#asksForPresence && this.#channels.clients > 0;
  }

  /** Whether anybody could hear of events of this class. */
  wants(kind: EventClass): boolean {
    return this.#settings.classes.has(kind) && this.#channels.clients > 0;
  }

  /** Published with everything else that the running command tells. `at`: before what was told since that mark. */
  tell(kind: EventClass, event: string, key: BinaryString, db: number, at?: number): void {
    if (!this.wants(kind)) return;
    const { byKey, byEvent } = this.#settings;
    const messages = [
      ...(byKey ? [{ channel: `__keyspace@${db}__:${key}`, payload: event }] : []),
      ...(byEvent ? [{ channel: `__keyevent@${db}__:${event}`, payload: key }] : []),
    ];
    for (const [index, message] of messages.entries()) {
      this.#announcements.add({ space: "channel", ...message }, false, at === undefined ? at : at + index);
    }
  }

  /** A peer's batch has been applied. */
  arrived(operations: readonly Operation[]): void {
    if (this.#settings === OFF || this.#channels.clients === 0) return;
    for (const { kind, event, key, db } of eventsOfOperations(operations)) {
      if (db < DATABASE_COUNT) this.tell(kind, event, key, db);
    }
  }
}
