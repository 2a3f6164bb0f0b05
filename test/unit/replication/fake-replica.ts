import { ByteReader, ByteWriter, MalformedBytesError } from "../../../src/base/bytes.ts";
import { BATCH_FORMAT_VERSION, peekBatch } from "../../../src/crdt/batch-codec.ts";
import { regionOfOrigin, type OriginId, type RegionName } from "../../../src/crdt/origin.ts";
import { namedIncludes, type NamedVector } from "../../../src/crdt/version-vector.ts";
import type {
  CursorRead,
  Holdings,
  IncomingSnapshot,
  LogCursor,
  MemberReport,
  OutgoingSnapshot,
  Received,
  Replica,
  SnapshotHead,
  SnapshotRow,
} from "../../../src/keyspace/replica-port.ts";

/** Body that stands for an operation nobody knows. */
export const UNKNOWN = 0xee;
/** Body that stands for damage behind a readable head. */
export const BROKEN = 0xbb;

/** A batch as bytes: a real head, and a body of this test's own, `kind u8 · dependencies · padding`. */
export function batchBytes(origin: OriginId, sequence: number, depends: NamedVector = {}, size = 0, kind = 0): Buffer {
  const writer = new ByteWriter(64 + size);
  writer.u8(BATCH_FORMAT_VERSION);
  writer.binary(origin);
  writer.varint(sequence);
  writer.varint(sequence * 1_000);
  writer.u8(kind);
  writer.varint(Object.keys(depends).length);
  for (const [other, observed] of Object.entries(depends)) {
    writer.binary(other);
    writer.varint(observed);
  }
  writer.raw(Buffer.alloc(size));
  return writer.take();
}

/** A region's log and vector without any keys: causal delivery alone, with counts of what replication did to it. */
export class FakeReplica implements Replica {
  readonly region: RegionName;
  readonly incarnation: OriginId;
  readonly log: Buffer[] = [];
  readonly received: Record<Received, number> = {
    applied: 0,
    duplicate: 0,
    waiting: 0,
    malformed: 0,
    "unknown-operation": 0,
  };
  #vector: Record<OriginId, number> = {};
  #durable: Record<OriginId, number> = {};
  /** Batches dropped from the beginning of the log. */
  #truncated = 0;
  /** Snapshots open for peers, and rows staged from one. */
  readonly openSnapshots = new Set<FakeSnapshot>();
  staged: SnapshotRow[] = [];
  aborted = 0;
  readonly #reports = new Map<RegionName, MemberReport>();
  readonly #listeners = new Set<() => void>();
  #durableLsn = 0;
  /** False: what is appended waits for `sync`. */
  syncsAtOnce = true;
  clockMs = 0;

  constructor(region: RegionName, incarnation = `${region}#1-0000`) {
    this.region = region;
    this.incarnation = incarnation;
  }

  /** A local write. */
  write(size = 0, kind = 0): void {
    const sequence = this.sequenceOf(this.incarnation) + 1;
    const { [this.incarnation]: _own, ...depends } = this.#vector;
    this.#append(batchBytes(this.incarnation, sequence, depends, size, kind));
  }

  sync(): void {
    for (const bytes of this.log.slice(this.#durableLsn)) {
      const { id, sequence } = peekBatch(bytes);
      this.#durable[id] = sequence;
    }
    this.#durableLsn = this.log.length;
    for (const listener of this.#listeners) listener();
  }

  wallMs(): number {
    return this.clockMs;
  }

  vector(): NamedVector {
    return { ...this.#vector };
  }

  durableVector(): NamedVector {
    return { ...this.#durable };
  }

  sequenceOf(origin: OriginId): number {
    return this.#vector[origin] ?? 0;
  }

  receive(bytes: Buffer): Received {
    const received = this.#judge(bytes);
    this.received[received]++;
    if (received === "applied") this.#append(Buffer.from(bytes));
    return received;
  }

  onDurable(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  read(cursor: LogCursor, maxBytes: number): Promise<CursorRead> {
    const batches: CursorRead["batches"][number][] = [];
    let { nextLsn } = cursor;
    // As a real log: at least one, and the last may pass the limit.
    for (let bytes = 0; nextLsn <= this.#durableLsn && bytes < maxBytes; nextLsn++) {
      const record = this.log[nextLsn - 1]!;
      const { id, sequence } = peekBatch(record);
      batches.push({ origin: id, sequence, bytes: record });
      bytes += record.length;
    }
    return Promise.resolve({ batches, cursor: { nextLsn } });
  }

  includes(left: NamedVector, right: NamedVector): boolean {
    return namedIncludes(left, right);
  }

  coverageOf(vector: NamedVector) {
    return (origin: OriginId, sequence: number): boolean => (vector[origin] ?? 0) >= sequence;
  }

  cursorFor({ has, beyond }: Holdings, regions: ReadonlySet<RegionName>): LogCursor | null {
    const lacked = (bytes: Buffer): boolean => {
      const { id, sequence } = peekBatch(bytes);
      return sequence > Math.max(has[id] ?? 0, beyond[id] ?? 0) && regions.has(regionOfOrigin(id));
    };
    if (this.log.slice(0, this.#truncated).some(lacked)) return null;
    const first = this.log.findIndex(lacked);
    return { nextLsn: first === -1 ? this.log.length + 1 : first + 1 };
  }

  /** Drops the oldest batches of the log. */
  truncate(count: number): void {
    this.#truncated = count;
  }

  /** Its rows are its batches. */
  openSnapshot(minimum: NamedVector): OutgoingSnapshot | null {
    if (!namedIncludes(this.#durable, minimum)) return null;
    const snapshot = new FakeSnapshot(this.log.slice(0, this.#durableLsn), this.durableVector(), () =>
      this.openSnapshots.delete(snapshot),
    );
    this.openSnapshots.add(snapshot);
    return snapshot;
  }

  stageSnapshot(head: SnapshotHead): IncomingSnapshot | null {
    this.staged = [];
    return {
      head,
      add: async (rows) => {
        await Promise.resolve();
        this.staged.push(...rows.map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) })));
      },
      finish: () => Promise.resolve(),
      abort: () => {
        this.aborted++;
        return Promise.resolve();
      },
    };
  }

  /** What a region is after it has installed a snapshot: the snapshot's batches, then its own that are not in there. */
  installed(head: SnapshotHead): FakeReplica {
    const next = new FakeReplica(this.region, `${this.region}#2-0000`);
    for (const { value } of this.staged) next.#append(Buffer.from(value));
    for (const bytes of this.log) {
      const { id, sequence } = peekBatch(bytes);
      if (sequence > (head.vector[id] ?? 0)) next.#append(bytes);
    }
    return next;
  }

  reportMember(report: MemberReport, begins = false): void {
    const known = this.#reports.get(report.region);
    if (known === undefined || begins || namedIncludes(report.vector, known.vector)) {
      this.#reports.set(report.region, report);
    }
  }

  memberReports(): readonly MemberReport[] {
    const own = { region: this.region, vector: this.durableVector(), clockMs: this.clockMs };
    return [own, ...this.#reports.values()];
  }

  #append(bytes: Buffer): void {
    const { id, sequence } = peekBatch(bytes);
    this.#vector[id] = sequence;
    this.log.push(bytes);
    if (this.syncsAtOnce) this.sync();
  }

  #judge(bytes: Buffer): Received {
    try {
      const { id, sequence, stamp } = peekBatch(bytes);
      if (sequence <= this.sequenceOf(id)) return "duplicate";
      if (sequence !== this.sequenceOf(id) + 1) return "waiting";
      const reader = new ByteReader(bytes);
      reader.u8();
      reader.binary();
      reader.varint();
      if (reader.varint() !== stamp) return "malformed";
      const kind = reader.u8();
      if (kind === UNKNOWN) return "unknown-operation";
      if (kind === BROKEN) return "malformed";
      for (let count = reader.varint(); count > 0; count--) {
        const other = reader.binary();
        if (this.sequenceOf(other) < reader.varint()) return "waiting";
      }
      return "applied";
    } catch (error) {
      if (error instanceof MalformedBytesError) return "malformed";
      throw error;
    }
  }
}

/** A log as rows: key by position. */
class FakeSnapshot implements OutgoingSnapshot {
  readonly head: SnapshotHead;
  readonly #rows: readonly SnapshotRow[];
  readonly #onClose: () => void;
  isSent = false;

  constructor(log: readonly Buffer[], vector: NamedVector, onClose: () => void) {
    this.head = {
      origins: Object.keys(vector),
      retired: [],
      vector,
      stamp: 1,
      counts: [log.length],
      deadlineCounts: [],
      conflictCounts: [],
    };
    this.#onClose = onClose;
    this.#rows = log.map((value, index) => {
      const key = Buffer.alloc(4);
      key.writeUInt32BE(index);
      return { key, value };
    });
  }

  read(after: Buffer | null, maxBytes: number): readonly SnapshotRow[] {
    const rows: SnapshotRow[] = [];
    let bytes = 0;
    for (const row of this.#rows.slice(after === null ? 0 : after.readUInt32BE() + 1)) {
      rows.push(row);
      bytes += row.value.length;
      if (bytes >= maxBytes) break;
    }
    return rows;
  }

  sent(): void {
    this.isSent = true;
  }

  close(): void {
    this.#onClose();
  }
}
