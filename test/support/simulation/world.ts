import { seededRandom, type Random } from "../../../src/base/random.ts";
import type { ScriptEngine } from "../../../src/commands/scripting-port.ts";
import type { NamedVector } from "../../../src/crdt/version-vector.ts";
import { DEFAULT_KEYSPACE_LIMITS } from "../../../src/keyspace/keyspace.ts";
import { FakeNetwork } from "../fake-links.ts";
import { BatchBook } from "./batch-book.ts";
import { Door, type Connection } from "./door.ts";
import { CLIENTS_PER_REGION } from "./history.ts";
import { Ledger, LEDGER_DB } from "./ledger.ts";
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
}

const STEP_MS = 5;
/** Between two looks of a node's timers. */
const TICK_MS = 100;

/** All regions of a history, the network between them, and what is known of what was written. */
export class World {
  readonly profile: Profile;
  readonly network: FakeNetwork;
  readonly places = new Map<string, Place>();
  readonly book = new BatchBook();
  readonly ledger = new Ledger();
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
        deadAfterMs: time(400),
        heartbeatMs: time(50),
        handshakeTimeoutMs: time(400),
        reportEveryMs: time(5),
        settleMs: time(100),
        providerPatienceMs: time(200),
        redialFirstMs: time(10),
        redialMaxMs: time(100),
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
    const node = new SimulatedNode({
      name,
      peers,
      network: this.network,
      seed: seed * 31 + this.places.size,
      limits: {
        ...DEFAULT_KEYSPACE_LIMITS,
        clockSkewMaxMs: 2 * JUMP_MS * taste.scale,
        ...(logBytesMax === null ? {} : { logBytesMax }),
      },
      segmentRecords,
      scripting: taste.scripts ? this.#scripting : null,
      askMs: 200 * taste.scale,
      onAppend: (bytes) => this.book.add(bytes),
    });
    const place: Place = { node, door: null, connections: [], backup: null, lastVector: {} };
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

  /** A region's vector of what is on its disk. */
  durableVector({ node, lastVector }: Place): NamedVector {
    return node.isUp ? node.keyspace.durableVector() : lastVector;
  }

  up(): readonly Place[] {
    return [...this.places.values()].filter(({ node }) => node.isUp);
  }

  /** Regions that serve clients. */
  serving(): readonly Place[] {
    return this.up().filter(({ node }) => node.stage === "ready");
  }
}
