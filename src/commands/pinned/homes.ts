import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { SYSTEM_DATABASE } from "../../crdt/operations/operation-kind.ts";
import type { RegionName } from "../../crdt/origin.ts";
import type { Database } from "../../keyspace/database-port.ts";
import type { Transaction } from "../../keyspace/transaction-port.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import { homeAlone, homeLeft, noSuchHome } from "./refusals.ts";
import { homeOf } from "./home-name.ts";
import { HOMES, parseHome, type HomeRecord } from "./home-records.ts";

/**
 * How long after a region left for good its homes may be given away, in times of a silent link's life: it stops serving them one
 * after the last question that a majority has answered, and members answer it no more when it counts as gone. Twice that, since
 * clocks run at different speeds.
 */
const LEASE_LINK_LIVES = 2;
/**
 * The monotonic clock stands still while the machine is suspended, and the wall clock does not: when the latter is so much further, in
 * shares of a silent link's life, answers from before are old. The doubled lease leaves room for what is below that.
 */
const UNNOTICED_LINK_LIVES = 1 / 4;

/** What pinned keys need of the links between regions. */
export interface PeerPort {
  /** Regions with an open link, which is one that was heard of within the last seconds. */
  linked(): readonly RegionName[];
  /** Regions that have answered a heartbeat which was sent at that time, monotonic, or later. */
  answeringSince(sinceMs: number): readonly RegionName[];
  /** How long a link on which nothing is heard stays open, milliseconds. */
  readonly silentLinkMs: number;
  /** Asks a region to run something; `called` is told once what came of it. */
  call(region: RegionName, body: BinaryString, called: (called: PeerAnswer) => void): void;
}

export type PeerAnswer =
  | { readonly kind: "answered"; readonly body: BinaryString }
  | { readonly kind: "unreachable" }
  | { readonly kind: "unknown" }
  | { readonly kind: "too-large"; readonly bytesMax: number };

/** Where commands on keys of a home run; a refusal when nowhere, now. */
export type Place = { readonly kind: "here" } | { readonly kind: "there"; readonly region: RegionName } | ReplyError;

const HERE: Place = { kind: "here" };

/**
 * Which region is whose home, as this region knows it (rows N1–N5).
 *
 * A home serves only while a majority of the members, itself included, has lately answered what it asked. It counts from its own question
 * and by its own clocks, so that a home which others have given up has stopped by the time another takes over, also when its process stood still
 * in between: it is asked before a command runs, and again before a reply leaves that had to wait. A moved home's record comes with all
 * that its old region had written before, so the new one never begins on less.
 */
export class Homes {
  readonly #own: () => RegionName;
  readonly #peers: PeerPort;
  readonly #clock: Clock;
  /** Since when a region is known to be gone, monotonic. */
  readonly #goneSinceMs = new Map<RegionName, number>();
  /** By how much the wall clock was ahead of the monotonic one when last looked at. */
  #wallAheadMs: number;
  /** Answers to questions from before this say nothing, monotonic. */
  #awakeSinceMs = Number.NEGATIVE_INFINITY;
  /**
   * Set when a script acts on a key whose home is here. Keys that a script does not declare are known only once it has run: who runs
   * it clears this before and looks after.
   */
  isTouchedByScript = false;
  #database: Database;
  #nextWarningMs = 0;
  #records: ReadonlyMap<string, HomeRecord> | null = null;
  #stopListening: () => void = () => {};

  constructor(own: () => RegionName, peers: PeerPort, clock: Clock, database: Database) {
    this.#own = own;
    this.#peers = peers;
    this.#clock = clock;
    this.#database = database;
    this.#wallAheadMs = clock.wallMs() - clock.monotonicMs();
    this.serve(database);
  }

  /** Another database from now on. */
  serve(database: Database): void {
    this.#stopListening();
    this.#database = database;
    this.#records = null;
    this.#stopListening = database.onSystemKeyChanged((key) => {
      if (key === HOMES.key || key === null) this.#records = null;
    });
  }

  get peers(): PeerPort {
    return this.#peers;
  }

  /** Where keys of the home are served. `tx`: the transaction that is open; null when none is. */
  placeOf(home: string, tx: Transaction | null): Place {
    const record = this.recordOf(home, tx);
    if (record === null) return noSuchHome(home);
    if (this.#database.hasLeft(record.region)) return homeLeft(record.region);
    if (record.region !== this.#own()) return { kind: "there", region: record.region };
    return this.#refusalAsHome() ?? HERE;
  }

  /**
   * Where else the key is served, or why nowhere; null when nothing speaks against doing something with it here: this is its home, or
   * it has none.
   */
  elsewhere(key: BinaryString): Exclude<Place, { readonly kind: "here" }> | null {
    const home = homeOf(key);
    if (home === null) return null;
    const place = this.placeOf(home, null);
    return !(place instanceof ReplyError) && place.kind === "here" ? null : place;
  }

  /**
   * Nobody can have taken over, without what was done here, a home that this region was when it did that. A home that has moved
   * since was given away by this region itself, and its successor has all that was written before: only of regions that have
   * left, which no majority answers, homes are taken.
   */
  get hasKeptItsHomes(): boolean {
    return this.#refusalAsHome() === null;
  }

  /** Why this region may not act as anybody's home now. */
  #refusalAsHome(): ReplyError | null {
    const own = this.#own();
    if (this.#database.hasLeft(own)) return homeLeft(own);
    const members = this.#database.otherRegions();
    const answering = this.#peers.answeringSince(this.#answersCountSinceMs());
    const reached = members.filter((region) => answering.includes(region)).length + 1;
    return reached * 2 > members.length + 1 ? null : homeAlone(reached, members.length + 1);
  }

  #answersCountSinceMs(): number {
    const { silentLinkMs } = this.#peers;
    const nowMs = this.#clock.monotonicMs();
    const wallAheadMs = this.#clock.wallMs() - nowMs;
    if (wallAheadMs - this.#wallAheadMs > silentLinkMs * UNNOTICED_LINK_LIVES) this.#awakeSinceMs = nowMs;
    this.#wallAheadMs = wallAheadMs;
    return Math.max(nowMs - silentLinkMs, this.#awakeSinceMs);
  }

  /** Milliseconds for which a region that has left may still take itself for the home. Counts from when this is first asked. */
  leaseLeftMs(region: RegionName): number {
    const nowMs = this.#clock.monotonicMs();
    const sinceMs = this.#goneSinceMs.get(region) ?? nowMs;
    this.#goneSinceMs.set(region, sinceMs);
    return Math.max(0, Math.ceil(sinceMs + LEASE_LINK_LIVES * this.#peers.silentLinkMs - nowMs));
  }

  /** True at most once in so many milliseconds: for warnings about keys that should have a home. */
  mayWarn(everyMs: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextWarningMs) return false;
    this.#nextWarningMs = nowMs + everyMs;
    return true;
  }

  /** Null: no region is called so, and nobody has said which one it is. */
  recordOf(home: string, tx: Transaction | null): HomeRecord | null {
    this.#records ??= tx === null ? this.#database.transact(SYSTEM_DATABASE, readRecords).value : readRecords(tx);
    const record = this.#records.get(home);
    if (record !== undefined) return record;
    const isRegion =
      home === this.#own() || this.#database.otherRegions().includes(home) || this.#database.hasLeft(home);
    return isRegion ? { region: home, epoch: 0 } : null;
  }
}

function readRecords(tx: Transaction): ReadonlyMap<string, HomeRecord> {
  return HOMES.read(tx, (view) => {
    const records = new Map<string, HomeRecord>();
    for (const [home, text] of view?.entries() ?? []) {
      const record = parseHome(text);
      if (record !== null) records.set(home, record);
    }
    return records;
  });
}
