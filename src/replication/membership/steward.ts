import type { RegionName } from "../../crdt/origin.ts";
import type { NamedVector } from "../../crdt/version-vector.ts";
import type { MemberReport } from "../../keyspace/replica-port.ts";
import { formatLeft, formatMember, leftField, memberField, type MemberRecords } from "./member-records.ts";
import { isCut, type Membership } from "./membership.ts";
import { formatPlace, NO_PLACE, placeField, readPlace, type RegionPlace } from "./region-place.ts";

export interface StewardFacts {
  readonly membership: Membership;
  readonly records: MemberRecords;
  readonly applied: NamedVector;
  /** What of one region's incarnations is applied here, retired ones too. */
  readonly appliedOf: (region: RegionName) => NamedVector;
  /** As `Replica.includes`. */
  readonly includes: (left: NamedVector, right: NamedVector) => boolean;
  /** Latest words of the other members. */
  readonly reports: readonly MemberReport[];
  /** Regions with which a link is open, from either side. */
  readonly linked: readonly RegionName[];
  /** Clients are served. */
  readonly serves: boolean;
}

/** A field of the members' hash to be written. */
export interface MemberWrite {
  readonly field: string;
  readonly value: string;
}

/**
 * What a region itself has to write about members. Called again and again; it writes nothing twice.
 *
 * [ST1] Of a region that has left: what we have of it, once our links with all that have left are closed; again when that is more.
 * [ST2] Of ourselves as a learner: that we are a member, once every other member has said that it knows of us, and all it had said by
 *       then is here. From then on nobody forgets what our writes could be concurrent to.
 * [ST3] Of ourselves as leaving: that we have left, once every other member has all we issued. It is the last thing we write.
 * [ST4] Of ourselves as a member that serves: where clients find us, when that is not what is there (PL1, PL2).
 */
export class Steward {
  readonly #own: RegionName;
  readonly #place: RegionPlace;
  /** All that was applied here when we first read that we are a learner: who has that knows of us. */
  #learnerSince: NamedVector | null = null;
  /** By member, the first word that it knows of us. A later one would never be all here under steady writes. */
  readonly #known = new Map<RegionName, NamedVector>();

  constructor(own: RegionName, place: RegionPlace = NO_PLACE) {
    this.#own = own;
    // As it will be read: what does not survive that would be written again and again.
    this.#place = readPlace({ ...place });
  }

  step(facts: StewardFacts): readonly MemberWrite[] {
    const { membership, records } = facts;
    if (isCut(membership.own)) return [];
    const writes = [...this.#leftReports(facts)];
    const isPromoted = membership.own === "learner" && this.#isKnownToAll(facts);
    const hasLeft = membership.own === "leaving" && this.#isHandedOver(facts);
    if (isPromoted || hasLeft) {
      const url = records.members.get(this.#own)?.url ?? null;
      const value = formatMember({ state: isPromoted ? "member" : "left", url });
      writes.push({ field: memberField(this.#own), value });
    }
    if (membership.own === "member" && facts.serves) writes.push(...this.#placeWrites(records));
    return writes;
  }

  /** [ST4] */
  #placeWrites({ places }: MemberRecords): readonly MemberWrite[] {
    const value = formatPlace(this.#place);
    const written = places.get(this.#own) ?? NO_PLACE;
    return formatPlace(written) === value ? [] : [{ field: placeField(this.#own), value }];
  }

  /** [ST1] */
  *#leftReports({ membership, records, appliedOf, includes, linked }: StewardFacts): Generator<MemberWrite> {
    const { cut } = membership;
    if (cut.some((region) => linked.includes(region))) return;
    for (const region of cut) {
      const vector = appliedOf(region);
      const written = records.left.get(region)?.get(this.#own);
      const isWritten =
        written !== undefined && cut.every((one) => written.cut.includes(one)) && includes(written.vector, vector);
      if (!isWritten) yield { field: leftField(region, this.#own), value: formatLeft({ vector, cut }) };
    }
  }

  /** [ST2] Learners are asked too: their words are needed for stability like anyone's. */
  #isKnownToAll({ membership, reports, applied, includes }: StewardFacts): boolean {
    const since = (this.#learnerSince ??= applied);
    for (const { region, vector } of reports) {
      if (!this.#known.has(region) && includes(vector, since)) this.#known.set(region, vector);
    }
    return this.#others(membership).every((region) => {
      const word = this.#known.get(region);
      return word !== undefined && includes(applied, word);
    });
  }

  /** [ST3] */
  #isHandedOver({ membership, reports, appliedOf, includes }: StewardFacts): boolean {
    const issued = appliedOf(this.#own);
    return this.#others(membership).every((region) => {
      const report = reports.find((one) => one.region === region);
      return report !== undefined && includes(report.vector, issued);
    });
  }

  #others({ all }: Membership): readonly RegionName[] {
    return all.filter(({ region, state }) => region !== this.#own && !isCut(state)).map(({ region }) => region);
  }
}
