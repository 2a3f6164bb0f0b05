import { SystemHash } from "../system-hash.ts";
import { isRegionName, type RegionName } from "../../crdt/origin.ts";

/** The hash of the system database that says which region is whose home: name → `REGION EPOCH`. */
export const HOMES = new SystemHash("homes");
/** The hash of the system database that counts fencing tokens: home → how many in its epoch, as `EPOCH:NAME`. */
export const FENCES = new SystemHash("fences");

/**
 * Where a home is. Without a record the home is the region of its name, in epoch 0. Each move begins an epoch: tokens of a later one
 * are greater, whatever the old home had issued that nobody heard of.
 */
export interface HomeRecord {
  readonly region: RegionName;
  readonly epoch: number;
}

/** Tokens one epoch has, and epochs there can be: together 2^53. */
export const TOKENS_PER_EPOCH = 2 ** 32;
export const EPOCH_MAX = 2 ** 21 - 1;

export function formatHome({ region, epoch }: HomeRecord): string {
  return `${region} ${epoch}`;
}

/** Null when this is none. */
export function parseHome(text: string): HomeRecord | null {
  const [region = "", word = ""] = text.split(" ");
  const epoch = Number(word);
  return isRegionName(region) && Number.isInteger(epoch) && epoch >= 0 && epoch <= EPOCH_MAX ? { region, epoch } : null;
}
