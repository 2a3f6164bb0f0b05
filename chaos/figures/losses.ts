import type { Finding } from "../checkers/finding.ts";
import type { Fates } from "../checkers/lost.ts";
import type { WriteConcern } from "../record/lines.ts";
import type { RunRecord } from "../record/record.ts";
import type { Phases } from "./phases.ts";

export interface Losses {
  readonly writes: number;
  readonly share: number | null;
  /** tFault − ack of the oldest lost write; 0 if none, or if all were acknowledged after tFault. */
  readonly windowMs: number;
  /** From the ack of the oldest lost write to that of the newest, whether before or after tFault: so much of what was acknowledged is gone. */
  readonly spanMs: number;
  readonly byConcern: Readonly<Record<WriteConcern, { readonly writes: number; readonly windowMs: number }>>;
}

/** Null where the case was not read at all. */
export function lossesOf(
  record: RunRecord,
  phases: Phases,
  findings: readonly Finding[],
  fates: Fates,
  when: "healed" | "survivors",
): Losses | null {
  const read = record.finals.filter(({ without }) => (when === "healed") === (without === null));
  if (read.length === 0) return null;
  const lost = findings.filter((finding) => finding.when === when && finding.ackedMs !== null);
  const faultMs = when === "healed" ? phases.faultMs : faultOf(phases, read[0]!.without!, read[0]!.fromMs);
  const windowOf = (some: readonly Finding[]): number =>
    some.length === 0
      ? 0
      : Math.max(
          0,
          (faultMs ?? phases.endMs) - some.reduce((oldest, { ackedMs }) => Math.min(oldest, ackedMs!), Infinity),
        );
  const writesOf = (some: readonly Finding[]): number => some.reduce((sum, { ops }) => sum + ops.length, 0);
  const judged = Object.values(fates).reduce((sum, each) => sum + each, 0);
  const of = (concern: WriteConcern) => {
    const some = lost.filter((finding) => finding.concern === concern);
    return { writes: writesOf(some), windowMs: windowOf(some) };
  };
  return {
    writes: writesOf(lost),
    share: judged === 0 ? null : writesOf(lost) / judged,
    windowMs: windowOf(lost),
    spanMs: spanOf(lost),
    byConcern: { local: of("local"), one: of("one"), all: of("all") },
  };
}

function spanOf(lost: readonly Finding[]): number {
  if (lost.length === 0) return 0;
  const times = lost.map(({ ackedMs }) => ackedMs!);
  return times.reduce((one, other) => Math.max(one, other)) - times.reduce((one, other) => Math.min(one, other));
}

/** The last fault that hit a region before the survivors were read. */
function faultOf({ spans, faultMs }: Phases, region: string, readMs: number): number | null {
  const hit = spans.filter(({ regions, beginMs }) => regions.includes(region) && beginMs <= readMs);
  return hit.at(-1)?.beginMs ?? faultMs;
}
