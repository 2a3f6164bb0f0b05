import type { ChannelTable } from "./channel-table.ts";
import type { Message } from "./message.ts";

/** Something to be told once what it tells of is durable. */
interface Announcement {
  readonly message: Message;
  /** Published by a client here: peers get it too. What a region says of its own keys is for its own subscribers. */
  readonly relayed: boolean;
}

/** Bytes of messages that wait for the log: beyond it, when a disk hangs, further ones are dropped and counted. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** What a message costs besides its texts. */
const OVERHEAD_BYTES = 128;

/** Passes messages on to the subscribers of other regions. */
export type Relay = (messages: readonly Message[]) => void;

/**
 * Messages on their way from a command to subscribers. A message is knowledge: of a write in the same transaction, or of one
 * that its publisher sent just before and has not heard of yet. So it leaves once everything that was appended to the log when
 * it was published is durable, in order, and one about a write that a crash took back is never sent.
 *
 * Messages of a transaction are collected while it runs (`add`) and handed on at its end (`seal`); everything here is synchronous,
 * so there is one collection.
 */
export class Announcements {
  readonly #channels: ChannelTable;
  readonly #relay: Relay | null;
  #collected: Announcement[] = [];
  /** Oldest first. */
  #waiting: { readonly lsn: number; readonly announcements: readonly Announcement[] }[] = [];
  #waitingBytes = 0;
  /** Messages that clients of this region have published. */
  published = 0;
  /** Messages that nobody got because too much waited for the log. */
  dropped = 0;
  /** Messages pushed to clients of this region, from wherever they came. */
  delivered = 0;

  constructor(channels: ChannelTable, relay: Relay | null) {
    this.#channels = channels;
    this.#relay = relay;
  }

  /** A place in what the running command has told so far. */
  get mark(): number {
    return this.#collected.length;
  }

  /** Of a command that is running. `at`: a mark to put it in at, before what was told since. */
  add(message: Message, relayed: boolean, at = this.#collected.length): void {
    if (at === this.#collected.length) this.#collected.push({ message, relayed });
    else this.#collected.splice(at, 0, { message, relayed });
  }

  /** The transaction has ended; the log has been appended to up to `lsn` and is durable up to `durableLsn`. */
  seal(lsn: number, durableLsn: number): void {
    if (this.#collected.length === 0) return;
    const announcements = this.#collected;
    this.#collected = [];
    if (lsn <= durableLsn && this.#waiting.length === 0) {
      this.#send(announcements);
      return;
    }
    const bytes = bytesOf(announcements);
    if (this.#waitingBytes + bytes > WAITING_BYTES_MAX) {
      this.dropped += announcements.length;
      return;
    }
    this.#waitingBytes += bytes;
    this.#waiting.push({ lsn, announcements });
  }

  /** The log is durable up to here. */
  release(durableLsn: number): void {
    if (this.#waiting.length === 0 || this.#waiting[0]!.lsn > durableLsn) return;
    const blocked = this.#waiting.findIndex(({ lsn }) => lsn > durableLsn);
    const due = blocked < 0 ? this.#waiting : this.#waiting.slice(0, blocked);
    this.#waiting = blocked < 0 ? [] : this.#waiting.slice(blocked);
    const announcements = due.flatMap((one) => one.announcements);
    this.#waitingBytes -= bytesOf(announcements);
    this.#send(announcements);
  }

  /** What waits tells of writes whose outcome nobody knows. */
  drop(): void {
    this.#collected = [];
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** From another region: as it comes, to those who listen here. */
  receive(messages: readonly Message[]): void {
    for (const message of messages) this.delivered += this.#channels.deliver(message);
  }

  #send(announcements: readonly Announcement[]): void {
    const relayed: Message[] = [];
    for (const announcement of announcements) {
      this.delivered += this.#channels.deliver(announcement.message);
      if (announcement.relayed) relayed.push(announcement.message);
    }
    this.published += relayed.length;
    if (relayed.length > 0) this.#relay?.(relayed);
  }
}

function bytesOf(announcements: readonly Announcement[]): number {
  let bytes = 0;
  for (const { message } of announcements) bytes += message.channel.length + message.payload.length + OVERHEAD_BYTES;
  return bytes;
}
