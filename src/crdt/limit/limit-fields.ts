/**
 * The elements of a limit by name. Every one is written by a single region, the one it is about, so two regions never write the
 * same: what merges is who knows what already. `~` occurs in no region's name and in no policy's version.
 */
const SEPARATOR = "~";

const name = (...words: readonly string[]): string => words.join(SEPARATOR);

/** A counter: rights that a region brought into being. */
export const mintedField = (region: string): string => name("m", region);
/** A counter: rights that a region has spent. */
export const spentField = (region: string): string => name("s", region);
/** A counter: rights given back after they were spent. */
export const returnedField = (region: string): string => name("r", region);
/** A counter: rights that one region has given to another. */
export const givenField = (from: string, to: string): string => name("g", from, to);
/** A counter: what a region asks for. */
export const wishField = (region: string): string => name("w", region);
/** A window: what a region has used of its share. */
export const usedField = (version: string, region: string): string => name("u", version, region);
/** A window: what one region has lent another. */
export const lentField = (version: string, from: string, to: string): string => name("l", version, from, to);
/** A window: what a region asks for. */
export const windowWishField = (version: string, region: string): string => name("q", version, region);

export interface ParsedField {
  /** First letter: which of the above. */
  readonly kind: string;
  readonly words: readonly string[];
}

export function parseField(field: string): ParsedField {
  const [kind = "", ...words] = field.split(SEPARATOR);
  return { kind, words };
}

/** Somebody asks for rights by writing this element. */
export function isWish(field: string): boolean {
  return field.startsWith(`w${SEPARATOR}`) || field.startsWith(`q${SEPARATOR}`);
}

/** Of a counter, not of a window. */
export function isCounterField(field: string): boolean {
  return "msrgw".includes(field[0]!);
}
