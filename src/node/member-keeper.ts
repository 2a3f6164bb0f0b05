import { SYSTEM_DATABASE } from "../crdt/operations/operation-kind.ts";
import { isRegionName, type RegionName } from "../crdt/origin.ts";
import type { NamedVector } from "../crdt/version-vector.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import {
  formatMember,
  formatUrl,
  memberField,
  MEMBERS_KEY,
  NO_RECORDS,
  parseMemberRecords,
  type MemberRecord,
  type MemberRecords,
  urlField,
} from "../replication/membership/member-records.ts";
import { lookAtFence, type Fence, type FenceLimits, type Kept } from "../replication/membership/fence.ts";
import { isCut, membershipOf, type Membership } from "../replication/membership/membership.ts";
import type { RegionPlace } from "../replication/membership/region-place.ts";
import { Steward, type MemberWrite } from "../replication/membership/steward.ts";

/** An operator's wish that cannot be; the message is one line for a person. */
export class MembershipError extends Error {
  override readonly name = "MembershipError";
}

export const MEMBER_ORDERS = ["add", "remove", "evict"] as const;
export type MemberOrder = (typeof MEMBER_ORDERS)[number];

export interface KeeperParts {
  readonly region: RegionName;
  /** Where clients find it. */
  readonly place: RegionPlace;
  /** As the flags say. */
  readonly peers: readonly { readonly name: RegionName; readonly url: string }[];
  /** Regions with an open link. */
  readonly linked: () => readonly RegionName[];
  readonly serves: () => boolean;
  readonly fence: FenceLimits;
  /** A member is put out, because what is kept for it has outgrown its budget. */
  readonly onFenced: (region: RegionName) => void;
  /** A silent member has spent most of its budget; called once a crossing. */
  readonly onFenceNear: (fence: Fence) => void;
  /** Passed deadlines whose values are still kept. */
  readonly passedDeadlines: () => number;
}

/** Part of a silent member's budget at which people are warned. */
const FENCE_NEAR = 0.8;

/**
 * Keeps the region's view of the members in step with the records, of one engine after the other: what stability counts, whom
 * replication talks to, and what the region itself has to write. Call `tick` a few times a second.
 */
export class MemberKeeper {
  readonly #parts: KeeperParts;
  readonly #steward: Steward;
  #keyspace: Keyspace;
  #records: MemberRecords = NO_RECORDS;
  #isDirty = true;
  /** Whom replication was last told to talk to. */
  #talked = "";
  #stopListening: () => void = () => {};
  #membership: Membership;
  #spent = 0;
  #sinceMs = 0;

  constructor(parts: KeeperParts, keyspace: Keyspace) {
    this.#parts = parts;
    this.#steward = new Steward(parts.region, parts.place);
    this.#keyspace = keyspace;
    this.#membership = this.#derive();
    this.serve(keyspace);
  }

  /** From here on it is this engine's. */
  serve(keyspace: Keyspace): void {
    this.#stopListening();
    this.#keyspace = keyspace;
    this.#sinceMs = keyspace.clock.wallMs();
    this.#stopListening = keyspace.onSystemKeyChanged((key) => {
      if (key !== MEMBERS_KEY && key !== null) return;
      this.#isDirty = true;
      // Whose word is needed may be about to change: until that is read, nobody's is enough.
      keyspace.stability.isHeld = true;
    });
    this.#isDirty = true;
    this.#look();
    this.#talked = talksTo(this.#membership);
  }

  get membership(): Membership {
    return this.#membership;
  }

  /** Reads the records if they have changed. Not within a transaction. */
  refresh(): Membership {
    if (this.#isDirty) this.#look();
    return this.#membership;
  }

  /** Clients wait: it is not counted on everywhere yet, or what is known of the members is about to change (MB6). */
  get isLearner(): boolean {
    return this.refresh().own === "learner" || this.#isDirty;
  }

  /** Looks again, and writes what is ours to write unless `isSilent`. True when whom to talk to has changed since it last was. */
  tick(isSilent: boolean): boolean {
    this.#look();
    if (!isSilent && !this.#isDirty) this.#write();
    const before = this.#talked;
    this.#talked = talksTo(this.#membership);
    return this.#talked !== before;
  }

  /** Writes an operator's wish. Throws MembershipError. */
  order(order: MemberOrder, region: string, url: string | null): void {
    this.#look();
    if (!isRegionName(region)) throw new MembershipError(`"${region}" is no region's name`);
    const known = this.#membership.all.find((one) => one.region === region);
    const { own, peers } = this.#membership;
    if (known !== undefined && isCut(known.state)) {
      throw new MembershipError(`region "${region}" has left this database: its name is not used again`);
    }
    if (isCut(own)) throw new MembershipError("this region has left the database: ask another");
    if (order === "add") {
      if (known !== undefined) throw new MembershipError(`region "${region}" is a ${known.state} already`);
      if (url === null || !/^wss?:\/\/[^\s/]+/u.test(url)) {
        throw new MembershipError("adding a region wants the URL of its gossip address, ws://HOST:PORT");
      }
      // The new one has to know of everybody, whatever its flags say.
      const { members } = this.#records;
      const others = this.#membership.all.filter((one) => !members.has(one.region));
      const unplaced = this.#membership.all.filter((one) => (members.get(one.region)?.url ?? null) === null);
      this.#put([
        ...others.map((one) => member(one.region, { state: "member", url: one.url })),
        ...unplaced.flatMap((one) => (one.url === null ? [] : [address(one.region, one.url)])),
        member(region, { state: "learner", url }),
      ]);
      return;
    }
    if (known === undefined) throw new MembershipError(`region "${region}" is not known here`);
    if (peers.length === 0) throw new MembershipError("the last region cannot leave");
    if (order === "evict" && region === this.#parts.region) {
      throw new MembershipError("a region does not evict itself: remove it, or ask another");
    }
    this.#put([member(region, { state: order === "remove" ? "leaving" : "evicted", url: known.url })]);
  }

  #look(): void {
    if (this.#isDirty) {
      const { value: fields, lsn } = this.#keyspace.transact(SYSTEM_DATABASE, (tx) => [
        ...(tx.hashes.get(MEMBERS_KEY)?.entries() ?? []),
      ]);
      // Nobody acts on what a crash could take back: a region told to leave would never hear that it need not have.
      if (lsn <= this.#keyspace.durableLsn) {
        this.#isDirty = false;
        this.#records = parseMemberRecords(fields);
      }
    }
    this.#membership = this.#derive();
    const gone = this.#membership.all.filter(({ isGone }) => isGone).map(({ region }) => region);
    this.#keyspace.stability.setMembers(this.#membership.counted, gone);
    this.#keyspace.stability.isHeld = this.#isDirty || !this.#parts.serves();
  }

  #derive(): Membership {
    const { region, peers } = this.#parts;
    const hasApplied = (vector: NamedVector): boolean =>
      Object.entries(vector).every(([origin, sequence]) => this.#keyspace.covers(origin, sequence));
    return membershipOf({ own: region, peers, records: this.#records, hasApplied });
  }

  #write(): void {
    const writes = this.#steward.step({
      membership: this.#membership,
      records: this.#records,
      applied: this.#keyspace.vector(),
      appliedOf: (region) => this.#keyspace.vectorOf(region),
      includes: (left, right) => this.#keyspace.includes(left, right),
      reports: this.#keyspace.stability.reports(),
      linked: this.#parts.linked(),
      serves: this.#parts.serves(),
    });
    if (writes.length > 0) this.#put(writes);
    this.#fence();
    this.#retire();
  }

  /** Earlier incarnations leave the vectors. The first of those that remain speaks for those that have left. */
  #retire(): void {
    const { all, counted } = this.#membership;
    const isFirst = counted[0] === this.#parts.region;
    this.#keyspace.retire(isFirst ? all.filter(({ isGone }) => isGone).map(({ region }) => region) : []);
  }

  /** What is kept because some member may not have heard of it. */
  get kept(): Kept {
    const { unfolded, state } = this.#keyspace;
    return {
      items: unfolded.size + state.markers.count + this.#parts.passedDeadlines(),
      bytes: unfolded.bytes + state.markers.bytes,
    };
  }

  /** Which part of its budget the member has spent that is silent for longest; 0 when none is, or there is no budget. */
  get fenceSpent(): number {
    return this.#spent;
  }

  #fence(): void {
    const { region: own, fence, linked, onFenced, onFenceNear } = this.#parts;
    const { clock, stability } = this.#keyspace;
    const found = lookAtFence({
      own,
      membership: this.#membership,
      linked: linked(),
      reports: stability.reports(),
      hasIssued: (region) => Object.keys(this.#keyspace.vectorOf(region)).length > 0,
      sinceMs: this.#sinceMs,
      kept: this.kept,
      nowMs: clock.wallMs(),
      limits: fence,
    });
    const before = this.#spent;
    this.#spent = found?.spent ?? 0;
    if (found === null) return;
    if (before < FENCE_NEAR && found.spent >= FENCE_NEAR) onFenceNear(found);
    if (!found.isDue) return;
    const { region } = found;
    onFenced(region);
    const url = this.#membership.all.find((one) => one.region === region)?.url ?? null;
    this.#put([member(region, { state: "evicted", url })]);
  }

  #put(writes: readonly MemberWrite[]): void {
    this.#keyspace.transact(SYSTEM_DATABASE, (tx) =>
      tx.hashes.put(
        MEMBERS_KEY,
        writes.flatMap(({ field, value }) => [field, value]),
      ),
    );
    this.#look();
  }
}

const member = (region: RegionName, record: MemberRecord): MemberWrite => ({
  field: memberField(region),
  value: formatMember(record),
});

const address = (region: RegionName, url: string): MemberWrite => ({ field: urlField(region), value: formatUrl(url) });

const talksTo = ({ peers, cut }: Membership): string => JSON.stringify([peers, cut]);
