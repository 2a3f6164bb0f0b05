import { ManualClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import { decodeCheckpointHead } from "../../src/keyspace/checkpoint-head.ts";
import { digestOf } from "../../src/keyspace/digest.ts";
import { Housekeeping } from "../../src/keyspace/housekeeping.ts";
import { DEFAULT_KEYSPACE_LIMITS, Keyspace } from "../../src/keyspace/keyspace.ts";
import { KeyspaceReplica } from "../../src/keyspace/keyspace-replica.ts";
import { openKeyspace } from "../../src/keyspace/open-keyspace.ts";
import type { Transaction } from "../../src/keyspace/transaction-port.ts";
import { InstantLog, InstantRows } from "./instant-storage.ts";

/** One region's engine alone, with clocks that only move by hand. */
export class EngineRegion {
  readonly name: string;
  readonly clock: ManualClock;
  readonly log = new InstantLog();
  readonly rows = new InstantRows();
  readonly keyspace: Keyspace;
  readonly replica: KeyspaceReplica;
  readonly housekeeping: Housekeeping;

  constructor(
    name: string,
    members: readonly string[],
    clockSkewMaxMs = 0,
    packAfterS: number | null = 0,
    packFromBytes = 0,
  ) {
    this.name = name;
    this.clock = new ManualClock();
    this.keyspace = new Keyspace({
      region: name,
      incarnation: `${name}#1-0000`,
      members,
      log: this.log,
      rows: this.rows,
      head: decodeCheckpointHead(null),
      clock: this.clock,
      random: seededRandom(1),
      limits: { ...DEFAULT_KEYSPACE_LIMITS, clockSkewMaxMs, packAfterS, packFromBytes },
    });
    this.replica = new KeyspaceReplica(this.keyspace, () => new InstantRows());
    this.housekeeping = new Housekeeping(this.keyspace);
  }

  /** The database as this region's next process finds it: from its log and rows, nothing in memory. */
  reopened(members: readonly string[] = []): Promise<Keyspace> {
    const { name, log, rows, clock } = this;
    const incarnation = `${name}#2-0000`;
    const limits = { ...DEFAULT_KEYSPACE_LIMITS };
    return openKeyspace({ region: name, incarnation, members, log, rows, clock, random: seededRandom(2), limits });
  }

  run<T>(body: (tx: Transaction) => T): T {
    return this.keyspace.transact(0, body).value;
  }

  get(key: string): string | null {
    return this.run((tx) => tx.strings.get(key));
  }

  set(key: string, value: string, deadlineMs = 0): void {
    this.run((tx) => tx.strings.set(key, value, deadlineMs));
  }

  add(key: string, delta: number | bigint | string): void {
    this.run((tx) => tx.strings.add(key, delta));
  }

  del(key: string): void {
    this.run((tx) => tx.delete(key));
  }

  hset(key: string, ...pairs: string[]): void {
    this.run((tx) => tx.hashes.put(key, pairs));
  }

  hdel(key: string, ...fields: string[]): void {
    this.run((tx) => tx.hashes.remove(key, fields));
  }

  hash(key: string): Record<string, string> | null {
    return this.run((tx) => {
      const view = tx.hashes.get(key);
      return view === null ? null : Object.fromEntries([...view.entries()].toSorted());
    });
  }

  expireIn(key: string, ms: number): void {
    this.run((tx) => {
      if (tx.typeOf(key) !== null) tx.setDeadline(key, tx.nowMs + ms);
    });
  }

  persist(key: string): void {
    this.run((tx) => tx.setDeadline(key, 0));
  }

  /** Remaining milliseconds; 0 for ever; undefined absent. */
  ttl(key: string): number | undefined {
    return this.run((tx) => {
      const deadlineMs = tx.deadlineOf(key);
      return deadlineMs === undefined || deadlineMs === 0 ? deadlineMs : deadlineMs - tx.nowMs;
    });
  }

  digest(atMs = this.clock.wallMs()): string {
    return digestOf(this.keyspace, atMs).digest;
  }
}

export class EngineWorld {
  readonly a: EngineRegion;
  readonly b: EngineRegion;
  readonly c: EngineRegion;
  readonly all: readonly EngineRegion[];

  constructor() {
    const names = ["a", "b", "c"];
    [this.a, this.b, this.c] = names.map((name) => new EngineRegion(name, names)) as [
      EngineRegion,
      EngineRegion,
      EngineRegion,
    ];
    this.all = [this.a, this.b, this.c];
  }

  /** Everything `from` has goes to `to`. */
  send(from: EngineRegion, to: EngineRegion): void {
    for (const bytes of from.log.records) {
      const received = to.replica.receive(bytes);
      if (received !== "applied" && received !== "duplicate") throw new Error(`${from.name} → ${to.name}: ${received}`);
    }
  }

  /** Waits until converged. */
  sync(): void {
    for (const from of this.all) for (const to of this.all) if (from !== to) this.send(from, to);
  }

  /** Converges and makes stable what there is: reports go round, folding and purging happen. */
  async settle(): Promise<void> {
    this.sync();
    await Promise.resolve();
    for (const from of this.all) {
      for (const to of this.all) if (from !== to) to.replica.reportMember(from.replica.memberReports()[0]!);
    }
    for (const region of this.all) {
      region.housekeeping.tick();
      await region.housekeeping.flush();
    }
  }

  /** Converges in every one of several orders of delivery; answers what `read` sees, which must be the same everywhere. */
  converged<T>(read: (region: EngineRegion) => T): T {
    this.sync();
    const seen = this.all.map((region) => JSON.stringify([read(region), region.digest()]));
    if (new Set(seen).size !== 1) throw new Error(`diverged: ${seen.join(" | ")}`);
    return read(this.a);
  }

  advance(ms: number): void {
    for (const region of this.all) region.clock.advance(ms);
  }
}
