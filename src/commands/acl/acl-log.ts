import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";

/** Where a refusal happened. */
export type AclContext = "toplevel" | "multi" | "lua";

/** What was refused. */
export interface AclEvent {
  readonly reason: "command" | "key" | "channel" | "auth";
  readonly context: AclContext;
  /** The command, key or channel. */
  readonly object: BinaryString;
  readonly user: BinaryString;
  /** The client, as CLIENT LIST shows it. */
  readonly client: string;
}

export interface AclLogEntry extends AclEvent {
  readonly id: number;
  readonly count: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Like events within this time become one entry, when it is among the newest. Redis' own limits. */
const GROUPING_MS = 60_000;
const GROUPING_ENTRIES = 10;
const OBJECT_BYTES_MAX = 1024;

/** ACL LOG: what was refused of late, newest first. Local to the node. */
export class AclLog {
  readonly #clock: Clock;
  #entries: AclLogEntry[] = [];
  #nextId = 0;
  /** Refusals by reason since the start: INFO. */
  readonly denied = { command: 0, key: 0, channel: 0, auth: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(event: AclEvent, lengthMax: number): void {
    this.denied[event.reason]++;
    if (lengthMax === 0) {
      this.#entries = [];
      return;
    }
    const nowMs = this.#clock.wallMs();
    const object = event.object.slice(0, OBJECT_BYTES_MAX);
    const at = this.#entries.findIndex(
      (entry, index) =>
        index < GROUPING_ENTRIES && isSame(entry, event, object) && nowMs - entry.createdAtMs <= GROUPING_MS,
    );
    const known = at < 0 ? undefined : this.#entries.splice(at, 1)[0];
    const id = known?.id ?? this.#nextId++;
    const [count, createdAtMs] = [(known?.count ?? 0) + 1, known?.createdAtMs ?? nowMs];
    this.#entries.unshift({ ...event, object, id, count, createdAtMs, updatedAtMs: nowMs });
    if (this.#entries.length > lengthMax) this.#entries.length = lengthMax;
  }

  newest(count: number): readonly AclLogEntry[] {
    return this.#entries.slice(0, count);
  }

  reset(): void {
    this.#entries = [];
  }
}

function isSame(entry: AclLogEntry, event: AclEvent, object: BinaryString): boolean {
  return (
    entry.reason === event.reason &&
    entry.context === event.context &&
    entry.object === object &&
    entry.user === event.user
  );
}
