import { seededRandom, type Random } from "../../../src/base/random.ts";
import type { ScriptEngine } from "../../../src/commands/scripting-port.ts";
import { homeOf } from "../../../src/commands/pinned/home-name.ts";
import type { Batch } from "../../../src/crdt/batch.ts";
import { OP } from "../../../src/crdt/operations/operation-kind.ts";
import { regionOfOrigin } from "../../../src/crdt/origin.ts";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import { DEFAULT_KEYSPACE_LIMITS } from "../../../src/keyspace/keyspace.ts";
import { FakeNetwork } from "../fake-links.ts";
import { BatchBook } from "./batch-book.ts";
import { Door, type Connection } from "./door.ts";
import { CLIENTS_PER_REGION } from "./history.ts";
import { Ledger, LEDGER_DB } from "./ledger.ts";
import { LimitBook } from "./limit-book.ts";
import { LockBook } from "./lock-book.ts";
import type { Profile } from "./profile.ts";
import { JUMP_MS } from "./random-fault.ts";
import type { RegionDisk } from "./region-disk.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { Tally } from "./tally.ts";
import { START_MS } from "./virtual-time.ts";

/** A region with what its clients have of it. */
export interface Place {
  readonly node: SimulatedNode;
  door: Door | null;
  /** The last two are in database 1 and in the checkers' own. */
  connections: Connection[];
  backup: { readonly disk: RegionDisk; readonly vector: NamedVector } | null;
  /** Durable when it was last up. */
  lastVector: NamedVector;
  /** An old disk, or an empty one, was once put in. */
  wasReplaced: boolean;
}

const STEP_MS = 5;
const SILENT_LINK_MS = 400;
/** Keys are packed as soon as they are clean, or after a second, or not at all. */
const PACK_AFTER_S: readonly (number | null)[] = [0, 1, null];
/** In some, what is in its rows is dropped from memory as well, packed or not. */
const MEMORY_BYTES_MAX: readonly number[] = [0, 20_000, 0, 0, 0];
/** Between two looks of a node's timers. */
const TICK_MS = 100;

/** All regions of a history, the network between them, and what is known of what was written. */
export class World {
  readonly profile: Profile;
  readonly network: FakeNetwork;
  readonly places = new Map<string, Place>();
  /** Regions that an operator wanted gone. */
  readonly putOut = new Set<string>();
  readonly book = new BatchBook();
  readonly ledger = new Ledger();
  readonly limits = new LimitBook();
  readonly locks = new LockBook();
  readonly tally = new Tally();
  readonly #scripting: ScriptEngine | null;
  readonly #random: Random;

  constructor(profile: Profile, scripting: ScriptEngine | null) {
    const { seed, taste } = profile;
    const time = (ms: number): number => ms * taste.scale;
    this.profile = profile;
    this.#scripting = scripting;
    this.#random = seededRandom(seed + 1_000_003);
    this.network = new FakeNetwork(
      seed,
      {
        silentAfterMs: time(200),
        askAgainAfterMs: time(400),
        deadAfterMs: time(SILENT_LINK_MS),
        heartbeatMs: time(50),
        deafFromMs: time(250),
        handshakeTimeoutMs: time(400),
        reportEveryMs: time(5),
        settleMs: time(100),
        providerPatienceMs: time(200),
        redialFirstMs: time(10),
        redialMaxMs: time(100),
        freshDialMs: time(100),
        snapshotGraceMs: time(20),
        snapshotPatienceMs: time(500),
        snapshotKeepMs: time(1_000),
        truncatedRetryMs: time(2_000),
      },
      START_MS,
    );
    for (const name of profile.names)
      this.addPlace(
        name,
        profile.names.filter((other) => other !== name),
      );
  }

  addPlace(name: string, peers: readonly string[]): Place {
    const { seed, segmentRecords, logBytesMax, taste } = this.profile;
    const node: SimulatedNode = new SimulatedNode({
      name,
      peers,
      network: this.network,
      seed: seed * 31 + this.places.size,
      limits: {
        ...DEFAULT_KEYSPACE_LIMITS,
        clockSkewMaxMs: 2 * JUMP_MS * taste.scale,
        packAfterS: PACK_AFTER_S[seed % PACK_AFTER_S.length]!,
        packFromBytes: 0,
        memoryBytesMax: MEMORY_BYTES_MAX[seed % MEMORY_BYTES_MAX.length]!,
        ...(logBytesMax === null ? {} : { logBytesMax }),
      },
      segmentRecords,
      scripting: taste.scripts ? this.#scripting : null,
      askMs: 200 * taste.scale,
      silentLinkMs: SILENT_LINK_MS * taste.scale,
      onAppend: (bytes) => this.#appended(name, bytes),
      mayGive: () => !this.isBlind(place),
    });
    const place: Place = { node, door: null, connections: [], backup: null, lastVector: {}, wasReplaced: false };
    node.onDurable = () => place.door?.released();
    node.onUnknown = () => place.door?.unknown();
    for (const other of this.places.keys()) {
      for (const pair of [`${name}>${other}`, `${other}>${name}`]) {
        this.network.delayMs.set(pair, (1 + this.#random.below(60)) * taste.scale);
      }
    }
    this.places.set(name, place);
    return place;
  }

  place(name: string): Place {
    return this.places.get(name)!;
  }

  async begin(): Promise<void> {
    for (const place of this.places.values()) await this.start(place);
    await this.run(150 * this.profile.taste.scale);
  }

  async start(place: Place): Promise<void> {
    await place.node.start();
    const door = new Door(place.node, this.profile.hastyDoors);
    place.door = door;
    place.connections = Array.from({ length: CLIENTS_PER_REGION + 2 }, (_, index) =>
      door.connect(index < CLIENTS_PER_REGION - 1 ? 0 : index === CLIENTS_PER_REGION - 1 ? 1 : LEDGER_DB),
    );
  }

  /** A connection of the checkers' own that is free. */
  ledgerConnection(place: Place): Connection | null {
    return place.connections.slice(CLIENTS_PER_REGION).find(({ isBusy }) => !isBusy) ?? null;
  }

  /** Virtual time passes, and machines do what they do by themselves. */
  async run(ms: number): Promise<void> {
    const { scale } = this.profile.taste;
    this.tally.add("time/virtual ms", ms);
    for (let left = ms; left > 0; left -= TICK_MS * scale) {
      await this.network.run(Math.min(left, TICK_MS * scale), STEP_MS * scale);
      for (const { node } of this.places.values()) node.tick();
    }
  }

  /** A region on another disk than it had, which lacks of what it once did something that is elsewhere. */
  isBlind(place: Place): boolean {
    const { node } = place;
    if (!place.wasReplaced || !node.isUp) return false;
    for (const other of this.places.values()) {
      const vector = other.node.isUp ? other.node.keyspace.vector() : other.lastVector;
      for (const [origin, sequence] of Object.entries(vector)) {
        if (regionOfOrigin(origin) === node.name && !node.keyspace.covers(origin, sequence)) return true;
      }
    }
    return false;
  }

  /** A region's vector of what is on its disk. */
  durableVector({ node, lastVector }: Place): NamedVector {
    return node.isUp ? node.keyspace.durableVector() : lastVector;
  }

  up(): readonly Place[] {
    return [...this.places.values()].filter(({ node }) => node.isUp);
  }

  #appended(name: string, bytes: Buffer): void {
    const batch = this.book.add(bytes);
    if (batch === null) return;
    const id = callOf(batch);
    if (id === null) return;
    const place = this.place(name);
    const { network, locks, ledger } = this;
    const dot = this.book.dotOf(batch);
    ledger.told.push(dot);
    const linked = place.node.replicator?.outlook.linked ?? [];
    locks.ran({ ...id, dot, region: name, linked, atMs: network.nowMs, isBlind: this.isBlind(place) });
  }

  /** Regions that serve clients. */
  serving(): readonly Place[] {
    return this.up().filter(({ node }) => node.stage === "ready");
  }
}

/** Which call on a pinned key made the batch: it says so in what it wrote. */
function callOf({ operations }: Batch): { readonly id: string; readonly home: string } | null {
  for (const operation of operations) {
    if (operation.op !== OP.stringSet || operation.db !== LEDGER_DB) continue;
    const home = homeOf(operation.key);
    if (home !== null) return { id: operation.value, home };
  }
  return null;
}
