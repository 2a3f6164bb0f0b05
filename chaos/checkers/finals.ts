import type { FinalLine } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import type { Finding } from "./finding.ts";

/** One key at one of the two ends, as each region showed it. */
export interface KeyEnd {
  readonly key: string;
  /** The region that never came back; null: all did. */
  readonly without: string | null;
  readonly when: Finding["when"];
  readonly lines: readonly FinalLine[];
}

export function endsOf(record: RunRecord): readonly KeyEnd[] {
  const ends = new Map<string, { key: string; without: string | null; when: Finding["when"]; lines: FinalLine[] }>();
  for (const line of record.finals) {
    const name = `${line.without ?? ""}\u0000${line.key}`;
    const known = ends.get(name);
    if (known !== undefined) {
      known.lines.push(line);
      continue;
    }
    const when = line.without === null ? "healed" : "survivors";
    ends.set(name, { key: line.key, without: line.without, when, lines: [line] });
  }
  return [...ends.values()];
}

/** How an end is named in a sentence. */
export function tellEnd({ without }: { readonly without: string | null }): string {
  return without === null ? "after all was healed" : `if ${without} never came back`;
}
