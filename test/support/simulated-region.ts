import { RowChanges } from "../../src/storage/row-changes.ts";
import type { ManualClock } from "../../src/base/clock.ts";
import type { Random } from "../../src/base/random.ts";
import { digestOf } from "../../src/keyspace/digest.ts";
import { Housekeeping } from "../../src/keyspace/housekeeping.ts";
import { DEFAULT_KEYSPACE_LIMITS, type Keyspace, type KeyspaceLimits } from "../../src/keyspace/keyspace.ts";
import { KeyspaceReplica } from "../../src/keyspace/keyspace-replica.ts";
import { openKeyspace, SegmentMarks } from "../../src/keyspace/open-keyspace.ts";
import { MemoryLog, type SurvivingLog } from "../../src/storage/log/memory-log.ts";
import type { SimulatedMember } from "./fake-links.ts";
import { InstantRows } from "./instant-storage.ts";

interface Disk {
  readonly surviving: SurvivingLog;
  readonly rows: InstantRows;
}

/** A region whose process can crash at any moment and whose disk is as late as chance wants. */
export class SimulatedRegion implements SimulatedMember {
  readonly name: string;
  readonly #members: readonly string[];
  readonly #clock: ManualClock;
  readonly #random: Random;
  #rows = new InstantRows();
  /** Where a snapshot comes in. */
  #stage = new InstantRows();
  readonly #limits: Partial<KeyspaceLimits>;
  readonly #segmentRecords: number;
  #log: MemoryLog;
  #keyspace: Keyspace | null = null;
  #replica: KeyspaceReplica | null = null;
  #housekeeping: Housekeeping | null = null;
  #surviving: SurvivingLog = { firstLsn: 1, records: [], marks: [] };
  #starts = 0;

  constructor(
    name: string,
    members: readonly string[],
    clock: ManualClock,
    random: Random,
    limits: Partial<KeyspaceLimits> = {},
    segmentRecords = 50,
  ) {
    this.name = name;
    this.#limits = limits;
    this.#segmentRecords = segmentRecords;
    this.#members = members;
    this.#clock = clock;
    this.#random = random;
    this.#log = new MemoryLog({
      mark: () => Buffer.alloc(0),
      segmentRecords: this.#segmentRecords,
      onAppend: () => {},
    });
  }

  get isUp(): boolean {
    return this.#keyspace !== null;
  }

  get keyspace(): Keyspace {
    return this.#keyspace!;
  }

  get replica(): KeyspaceReplica {
    return this.#replica!;
  }

  get log(): MemoryLog {
    return this.#log;
  }

  async start(): Promise<void> {
    const marks = new SegmentMarks();
    this.#log = new MemoryLog(
      { mark: marks.mark, segmentRecords: this.#segmentRecords, onAppend: () => {} },
      this.#surviving,
    );
    const starts = ++this.#starts;
    const keyspace = await openKeyspace({
      region: this.name,
      incarnation: `${this.name}#${starts}-0000`,
      members: this.#members,
      log: this.#log,
      rows: this.#rows,
      clock: this.#clock,
      random: this.#random,
      limits: { ...DEFAULT_KEYSPACE_LIMITS, clockSkewMaxMs: 10, packAfterS: 0, packFromBytes: 0, ...this.#limits },
    });
    marks.attach(keyspace);
    this.#keyspace = keyspace;
    this.#replica = new KeyspaceReplica(keyspace, () => (this.#stage = new InstantRows()));
    this.#housekeeping = new Housekeeping(keyspace);
  }

  /** The process ends here and now; of what was on its way to the disk chance keeps a part. */
  crash(): void {
    this.#surviving = this.#log.crash(this.#random.below(4));
    this.#keyspace = null;
    this.#replica = null;
    this.#housekeeping = null;
  }

  /** Starts again on the snapshot that came in. */
  async install(): Promise<void> {
    this.#log.sync();
    this.#surviving = this.#log.crash(0);
    this.#rows = this.#stage;
    await this.start();
  }

  /** The machine is lost with its disk: the next start finds nothing. */
  destroy(): void {
    this.crash();
    this.#surviving = { firstLsn: 1, records: [], marks: [] };
    this.#rows = new InstantRows();
  }

  /** The disk as it is, to be put back later: a backup. The process does not run. */
  disk(): Disk {
    const rows = new InstantRows();
    const from = this.#rows.snapshot();
    const changes = RowChanges.of(from.range(Buffer.of(0), Buffer.of(0xff, 0xff)));
    if (from.head !== null) void rows.commit({ head: from.head, clear: false, changes });
    return { surviving: this.#surviving, rows };
  }

  /** The process is gone, and its disk is another. */
  putBack(disk: Disk): void {
    this.crash();
    this.#surviving = disk.surviving;
    this.#rows = disk.rows;
  }

  /** The disk catches up. */
  sync(): void {
    if (this.isUp) this.#log.sync();
  }

  async keepHouse(checkpoint: boolean): Promise<void> {
    const housekeeping = this.#housekeeping;
    if (housekeeping === null) return;
    housekeeping.tick();
    if (!checkpoint || this.#log.durableLsn < this.#log.lastLsn) return;
    await housekeeping.flush();
    await housekeeping.truncateLog();
  }

  digest(atMs: number): string {
    return digestOf(this.keyspace, atMs).digest;
  }
}
