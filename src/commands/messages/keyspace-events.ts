import type { BinaryString } from "../../base/bytes.ts";
import type { Operation } from "../../crdt/operation.ts";
import { DATABASE_COUNT } from "../../crdt/operations/operation-kind.ts";
import type { ConfigStore } from "../config-store.ts";
import type { Announcements } from "./announcements.ts";
import type { ChannelTable } from "./channel-table.ts";
import { parseEventSettings, type EventClass, type EventSettings } from "./event-classes.ts";
import { eventsOfOperations } from "./peer-events.ts";

export interface CollectedKeys {
  readonly keys: ReadonlySet<BinaryString>;
  stop(): void;
}

const OFF: EventSettings = { byKey: false, byEvent: false, classes: new Set() };

/**
 * Keyspace notifications: a region tells its own subscribers what happened to its keys, if `notify-keyspace-events` asks for it.
 *
 * A command that tells nothing is told by its own name, for each key that it has changed, and with `del` for each that is gone (see
 * `default-events.ts`). That is right for most. One that Redis tells otherwise says so in its `run`, in one line, after its last
 * check and once for each key:
 *
 *     tx.strings.set(key, value, deadlineMs);
 *     notify(call, "string", "set", key);
 *
 * (`notify.ts`; `notifyRemoval` is for what may take a key's last element, `notifyStored` for the STORE of a result.) `new`,
 * `keymiss` and `expired` come of themselves. What a call tells is collected, and published once its batch is durable; it stays
 * in this region. What is written in other regions is told here by the operations that arrive, under the names that those have
 * (see `peer-events.ts`). Eviction drops no data here, so `evicted` never comes.
 */
export class KeyspaceEvents {
  readonly #announcements: Announcements;
  readonly #channels: ChannelTable;
  #settings = OFF;
  #asksForPresence = false;
  #collecting: Set<BinaryString> | null = null;

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

  /** Somebody hears of some class of events. */
  get isHeard(): boolean {
    return this.#settings !== OFF && this.#channels.clients > 0;
  }

  /** Notes which keys of a client's database change, until it is told to stop. A command inside another notes its own. */
  collect(): CollectedKeys {
    const outer = this.#collecting;
    const keys = new Set<BinaryString>();
    this.#collecting = keys;
    return {
      keys,
      stop: () => {
        this.#collecting = outer;
      },
    };
  }

  /** A key has changed. */
  changed(key: BinaryString | null): void {
    if (key !== null) this.#collecting?.add(key);
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
    if (!this.isHeard) return;
    for (const { kind, event, key, db } of eventsOfOperations(operations)) {
      if (db < DATABASE_COUNT) this.tell(kind, event, key, db);
    }
  }
}
