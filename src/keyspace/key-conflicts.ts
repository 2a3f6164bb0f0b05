import { wallMsOfStamp } from "../crdt/hlc.ts";
import type { KeyType } from "../crdt/operations/operation-kind.ts";
import type { OriginTable, RegionName } from "../crdt/origin.ts";
import type { Base, Register } from "../crdt/register.ts";
import type { KeyEntry } from "./key-entry.ts";
import type { Facet } from "./types/facet.ts";

/**
 * What regions have written at the same time and no later write has settled (rows K1, S1, H1): kept, though clients see one of it.
 * For operators who want to know why a value is not the one they wrote.
 */

/** Values in conflict that one answer tells of: a large hash may have any number. */
const REGISTERS_TOLD_MAX = 1000;

export interface KeyConflicts {
  readonly type: KeyType;
  readonly newest: WriteTold;
  /** Types that are kept and not shown, with their newest writes. */
  readonly hidden: readonly { readonly type: KeyType; readonly newest: WriteTold }[];
  readonly registers: readonly RegisterConflict[];
}

/** `element`: the field or member; null for the value of a string. The value shown comes first. */
interface RegisterConflict {
  readonly element: string | null;
  readonly values: readonly (WriteTold & { readonly value: string })[];
}

interface WriteTold {
  readonly region: RegionName;
  /** Wall-clock milliseconds of the write's stamp. */
  readonly atMs: number;
}

/** Null when the key is absent. */
export function conflictsOfEntry(entry: KeyEntry, origins: OriginTable, nowMs: number): KeyConflicts | null {
  const shown = entry.visible(nowMs);
  if (shown === null) return null;
  const registers: RegisterConflict[] = [];
  for (const [element, register] of shown.conflicted?.(nowMs) ?? []) {
    if (registers.length === REGISTERS_TOLD_MAX) break;
    registers.push({ element, values: valuesOf(register, origins) });
  }
  const hidden = (entry.hidden ?? []).map((facet) => ({ type: facet.type, newest: newestOf(facet, origins) }));
  return { type: shown.type, newest: newestOf(shown, origins), hidden, registers };
}

function valuesOf(register: Register, origins: OriginTable): RegisterConflict["values"] {
  return register.bases(origins).map((base) => ({ value: base.value, ...told(base, origins) }));
}

function newestOf(facet: Facet, origins: OriginTable): WriteTold {
  return told(facet.newest(origins), origins);
}

function told({ stamp, origin }: Pick<Base, "stamp" | "origin">, origins: OriginTable): WriteTold {
  return { region: origins.region(origin), atMs: wallMsOfStamp(stamp) };
}
