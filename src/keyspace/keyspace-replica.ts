import { MalformedBytesError } from "../base/bytes.ts";
import { passing } from "../base/crash-points.ts";
import { BatchDecoder } from "../crdt/batch-decoder.ts";
import { UnknownOperationError } from "../crdt/operations/unknown-operation.ts";
import type { OriginId, RegionName } from "../crdt/origin.ts";
import { VersionVector, type NamedVector } from "../crdt/version-vector.ts";
import type { Keyspace } from "./keyspace.ts";
import type { Possession } from "./log-index.ts";
import type { Rows } from "../storage/rows-port.ts";
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
} from "./replica-port.ts";
import { SnapshotSource } from "./snapshot-source.ts";
import { SnapshotStage } from "./snapshot-stage.ts";

/** The keyspace as replication sees it: batches in causal order in, durable batches in log order out. */
export class KeyspaceReplica implements Replica {
  readonly #keyspace: Keyspace;
  readonly #openStage: () => Rows;
  readonly #decoder: BatchDecoder;
  /** The vector of the latest batch that was taken: it, and what it depended on, is applied for good. */
  #reached: VersionVector | null = null;

  /** `openStage` answers an empty store for an incoming snapshot. */
  constructor(keyspace: Keyspace, openStage: () => Rows) {
    this.#keyspace = keyspace;
    this.#openStage = openStage;
    this.#decoder = new BatchDecoder(keyspace.state.origins);
  }

  get region(): RegionName {
    return this.#keyspace.region;
  }

  get incarnation(): OriginId {
    return this.#keyspace.incarnation;
  }

  wallMs(): number {
    return this.#keyspace.clock.wallMs();
  }

  vector(): NamedVector {
    return this.#keyspace.vector();
  }

  durableVector(): NamedVector {
    return this.#keyspace.durableVector();
  }

  includes(left: NamedVector, right: NamedVector): boolean {
    return this.#keyspace.includes(left, right);
  }

  coverageOf(vector: NamedVector): Possession["covers"] {
    return this.#possession({ has: vector, beyond: {} }).covers;
  }

  sequenceOf(origin: OriginId): number {
    const index = this.#keyspace.state.origins.find(origin);
    return index === undefined ? 0 : this.#keyspace.state.applied.get(index);
  }

  receive(bytes: Buffer): Received {
    const { state, logIndex } = this.#keyspace;
    try {
      const opened = this.#decoder.open(bytes);
      const { id, sequence } = opened;
      const known = this.sequenceOf(id);
      if (sequence <= known) return "duplicate";
      // Our own incarnation's batches are born here: one we do not know is somebody else's under our name.
      if (id === this.incarnation) return "malformed";
      if (sequence !== known + 1) return "waiting";
      const batch = this.#decoder.decode(opened);
      // Consecutive batches share their vector: asked once.
      if (batch.others !== this.#reached && !state.applied.includes(batch.others)) return "waiting";
      this.#reached = batch.others;
      logIndex.beforeAppend(this.#keyspace.appended);
      this.#keyspace.apply(batch);
      this.#keyspace.append(bytes, batch.origin, batch.sequence);
      this.#keyspace.peerBatchApplied(batch);
      passing("peer-batch-applied");
      return "applied";
    } catch (error) {
      if (error instanceof UnknownOperationError) return "unknown-operation";
      if (error instanceof MalformedBytesError) return "malformed";
      throw error;
    }
  }

  onDurable(listener: () => void): () => void {
    return this.#keyspace.onDurable(listener);
  }

  async read(cursor: LogCursor, maxBytes: number): Promise<CursorRead> {
    if (cursor.nextLsn > this.#keyspace.durableLsn) return { batches: [], cursor };
    const records = await this.#keyspace.log.read(cursor.nextLsn, maxBytes);
    const batches = records.map((record) => {
      const { id, sequence } = this.#decoder.open(record.bytes);
      return { origin: id, sequence, bytes: record.bytes };
    });
    return { batches, cursor: { nextLsn: (records.at(-1)?.lsn ?? cursor.nextLsn - 1) + 1 } };
  }

  cursorFor(holdings: Holdings, regions: ReadonlySet<RegionName>): LogCursor | null {
    const nextLsn = this.#keyspace.logIndex.startFor(this.#possession(holdings), regions);
    return nextLsn === null ? null : { nextLsn };
  }

  openSnapshot(minimum: NamedVector): OutgoingSnapshot | null {
    const { rows, logPins, state } = this.#keyspace;
    const source = SnapshotSource.open(rows, minimum, logPins);
    // A checkpoint of now helps only if now contains it.
    if (source === null && state.applied.includes(this.#parse(minimum))) this.#keyspace.checkpointWanted = true;
    return source;
  }

  stageSnapshot(head: SnapshotHead): IncomingSnapshot | null {
    return SnapshotStage.open(this.#keyspace, this.#openStage, head);
  }

  reportMember(report: MemberReport, begins = false): void {
    this.#keyspace.memberReported(report, begins);
  }

  memberReports(): readonly MemberReport[] {
    const own = { region: this.region, vector: this.durableVector(), clockMs: this.wallMs() };
    return [own, ...this.#keyspace.stability.reports()];
  }

  #parse(vector: NamedVector): VersionVector {
    return VersionVector.fromNamed(vector, this.#keyspace.state.origins);
  }

  #possession({ has, beyond }: Holdings): Possession {
    const { origins } = this.#keyspace.state;
    const vector = this.#parse(has);
    const covers = (id: OriginId, sequence: number): boolean => {
      const origin = origins.find(id);
      return (beyond[id] ?? 0) >= sequence || (origin !== undefined && vector.covers(origin, sequence));
    };
    return { known: vector.known, covers };
  }
}
