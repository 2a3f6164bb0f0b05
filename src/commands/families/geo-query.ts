import type { BinaryString } from "../../base/bytes.ts";
import type { SortedSetView } from "../../keyspace/types/zset/sorted-set-port.ts";
import { ANY_NEEDS_COUNT, COUNT_TOO_SMALL, NO_SUCH_PLACE, oneOf, STORE_WITH_DETAILS } from "../collection-refusals.ts";
import { SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";
import { placeOfScore, type Place } from "./geo-hash.ts";
import { searchPlaces, type Hit } from "./geo-search.ts";
import { boxWords, circleWords, placeWords, type MeasuredShape } from "./geo-words.ts";

/**
 * The words of GEOSEARCH and of its four forerunners. Which of them are legal depends on the command; what a member's place is, on
 * the data: so they are read inside the transaction, once the key's type is known, and mistakes are named in Redis' order.
 */
export interface GeoForm {
  /** Where the centre and the shape stand: in options, as in GEOSEARCH, or before them. */
  readonly begins: "options" | "place" | "member";
  /** STORE and STOREDIST with a key each (GEORADIUS), STOREDIST alone (GEOSEARCHSTORE), or neither. */
  readonly stores: "keys" | "distance" | "nothing";
  /** Lower case, as some refusals name it. */
  readonly name: string;
}

export interface GeoQuery {
  /** Null: the key is absent, and nothing is found. */
  readonly centre: Place | null;
  readonly measured: MeasuredShape | null;
  readonly withDistance: boolean;
  readonly withHash: boolean;
  readonly withPlace: boolean;
  /** Null: no limit. */
  readonly count: number | null;
  /** Some within the shape will do, not the nearest. */
  readonly any: boolean;
  readonly sort: "asc" | "desc" | null;
  readonly storeKey: BinaryString | null;
  readonly storesDistance: boolean;
}

type Draft = { -readonly [Name in keyof GeoQuery]: GeoQuery[Name] } & { hasCentre: boolean };

/** `words`: what follows the key. */
export function geoQuery(set: SortedSetView | null, words: readonly BinaryString[], form: GeoForm): GeoQuery {
  const query: Draft = {
    centre: null,
    measured: null,
    withDistance: false,
    withHash: false,
    withPlace: false,
    count: null,
    any: false,
    sort: null,
    storeKey: null,
    storesDistance: false,
    hasCentre: false,
  };
  let at = readBeginning(query, set, words, form);
  while (at < words.length) at += readOption(query, set, words.slice(at), form);
  const details = query.withDistance || query.withHash || query.withPlace;
  if (details && form.stores === "distance") throw STORE_WITH_DETAILS.geosearchstore;
  if (details && query.storeKey !== null) throw STORE_WITH_DETAILS.georadius;
  if (!query.hasCentre) throw oneOf("FROMMEMBER or FROMLONLAT can be specified", form.name);
  if (form.begins === "options" && query.measured === null)
    throw oneOf("BYRADIUS and BYBOX can be specified", form.name);
  if (query.any && query.count === null) throw ANY_NEEDS_COUNT;
  // The nearest ones are meant, though the words do not say so.
  if (query.count !== null && query.sort === null && !query.any) query.sort = "asc";
  return query;
}

/** Answers how many words it took. */
function readBeginning(
  query: Draft,
  set: SortedSetView | null,
  words: readonly BinaryString[],
  { begins }: GeoForm,
): number {
  if (begins === "options") return 0;
  query.hasCentre = true;
  if (begins === "place") {
    query.centre = placeWords(words[0]!, words[1]!);
    query.measured = circleWords(words[2]!, words[3]!);
    return 4;
  }
  // Without a key, the radius goes unread.
  if (set !== null) {
    query.centre = placeOfMember(set, words[0]!);
    query.measured = circleWords(words[1]!, words[2]!);
  }
  return 3;
}

/** Reads one option at the beginning of the words; answers how many words it took. */
function readOption(
  query: Draft,
  set: SortedSetView | null,
  words: readonly BinaryString[],
  { begins, stores }: GeoForm,
): number {
  const is = (word: string, following = 0): boolean => isWord(words[0], word) && words.length > following;
  const searches = begins === "options";
  if (is("WITHDIST")) query.withDistance = true;
  else if (is("WITHHASH")) query.withHash = true;
  else if (is("WITHCOORD")) query.withPlace = true;
  else if (is("ANY")) query.any = true;
  else if (is("ASC")) query.sort = "asc";
  else if (is("DESC")) query.sort = "desc";
  else if (is("COUNT", 1)) {
    query.count = clampedIntegerWord(words[1]!);
    if (query.count <= 0) throw COUNT_TOO_SMALL;
    return 2;
  } else if (stores === "keys" && (is("STORE", 1) || is("STOREDIST", 1))) {
    query.storeKey = words[1]!;
    query.storesDistance = is("STOREDIST");
    return 2;
  } else if (stores === "distance" && is("STOREDIST")) query.storesDistance = true;
  else if (searches && !query.hasCentre && is("FROMMEMBER", 1)) {
    query.centre = set === null ? null : placeOfMember(set, words[1]!);
    query.hasCentre = true;
    return 2;
  } else if (searches && !query.hasCentre && is("FROMLONLAT", 2)) {
    query.centre = placeWords(words[1]!, words[2]!);
    query.hasCentre = true;
    return 3;
  } else if (searches && query.measured === null && is("BYRADIUS", 2)) {
    query.measured = circleWords(words[1]!, words[2]!);
    return 3;
  } else if (searches && query.measured === null && is("BYBOX", 3)) {
    query.measured = boxWords(words[1]!, words[2]!, words[3]!);
    return 4;
  } else throw SYNTAX_ERROR;
  return 1;
}

function placeOfMember(set: SortedSetView, member: BinaryString): Place {
  const score = set.score(member);
  if (score === null) throw NO_SUCH_PLACE;
  return placeOfScore(score);
}

/** What the query finds, in the order it asks for. */
export function answer(set: SortedSetView | null, query: GeoQuery): readonly Hit[] {
  const { centre, measured, count, any, sort } = query;
  if (set === null || centre === null || measured === null) return [];
  const limit = any ? count! : Number.POSITIVE_INFINITY;
  let hits = searchPlaces(set, centre, measured.shape, limit);
  if (sort !== null) {
    const sign = sort === "asc" ? 1 : -1;
    hits = hits.toSorted((left, right) => sign * (left.distanceMeters - right.distanceMeters));
  }
  return count === null ? hits : hits.slice(0, count);
}
