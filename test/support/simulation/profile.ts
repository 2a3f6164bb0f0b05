import { seededRandom } from "../../../src/base/random.ts";
import type { CommandTaste } from "./random-command.ts";

/** What kind of history a seed is. */
export interface Profile {
  readonly seed: number;
  readonly names: readonly string[];
  readonly taste: CommandTaste;
  /** Bytes of log that regions may keep; null: as much as they like. A tight one makes snapshots happen. */
  readonly logBytesMax: number | null;
  readonly segmentRecords: number;
  /** Regions are restored from old disks, lose them, are added and removed. */
  readonly disasters: boolean;
  readonly members: boolean;
  /** What most of its clients do. */
  readonly focus: Focus;
  readonly steps: number;
  /** A fault of the product, planted: doors answer before the log is durable. */
  readonly hastyDoors?: boolean;
}

/** Everything, or limits and locks above all: those are lost among the rest where much can be between two of them. */
export type Focus = "all" | "limits" | "locks";

const FOCUSES: readonly Focus[] = ["all", "all", "limits", "locks"];
const NAMES = ["a", "b", "c", "d", "e", "f", "g"];
/** Virtual time is as it is, or a history takes about an hour, or a day. */
const SCALES = [1, 1, 60, 1500];

export function profileOf(seed: number): Profile {
  const random = seededRandom(seed * 7919 + 1);
  const isTight = random.below(3) === 0;
  return {
    seed,
    names: NAMES.slice(0, 2 + Math.min(random.below(6), random.below(6))),
    taste: {
      scale: SCALES[random.below(SCALES.length)]!,
      scripts: random.below(3) === 0,
      sweeping: random.below(4) === 0,
    },
    logBytesMax: isTight ? 800 : null,
    segmentRecords: isTight ? 4 : 40,
    disasters: random.below(4) === 0,
    members: random.below(4) === 0,
    focus: FOCUSES[random.below(FOCUSES.length)]!,
    steps: 160,
  };
}
