import { FAULTS } from "../faults/all-faults.ts";
import type { Fault } from "../faults/fault.ts";
import type { Budget } from "../record/lines.ts";
import { count, dictionary, list, number, nullable, object, ShapeError, text, type Shape } from "../record/shape.ts";
import { WORKLOADS } from "../workloads/all-workloads.ts";
import type { Workload } from "../workloads/workload.ts";
import { readWords } from "./words.ts";

/** A fault and when: seconds of the scenario's own time, which a profile may squeeze. */
export interface TimelineEntry {
  readonly kind: string;
  readonly atS: number;
  readonly forS: number;
  readonly fault: Fault;
}

/** One experiment: a world, traffic, faults on a timeline, and what is promised. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly regions: readonly string[];
  /** How long the traffic lasts in truth (`nightly`), and squeezed (`ci`). */
  readonly durationS: number;
  readonly ciS: number;
  /** How long after the last heal regions may take to be equal; never squeezed. */
  readonly convergeWithinS: number;
  readonly nodeArgs: readonly string[];
  readonly regionArgs: Readonly<Record<string, readonly string[]>>;
  /** Regions whose data stands on a disk of so many megabytes, where this machine lets us make one. */
  readonly smallDisksMb: Readonly<Record<string, number>>;
  readonly workloads: readonly Workload[];
  /** The workloads' kinds, for who lists them. */
  readonly workloadKinds: readonly string[];
  readonly faults: readonly TimelineEntry[];
  readonly budgets: readonly Budget[];
}

interface Written extends Omit<Scenario, "workloads" | "workloadKinds" | "faults" | "budgets"> {
  readonly workloads: readonly unknown[];
  readonly faults: readonly unknown[];
  readonly budgets: readonly unknown[];
}

const anything: Shape<unknown> = { schema: {}, read: (value) => value };
const WRITTEN = object<Written>({
  name: text,
  title: text,
  regions: list(text),
  durationS: number,
  ciS: number,
  convergeWithinS: number,
  nodeArgs: list(text),
  regionArgs: dictionary(list(text)),
  smallDisksMb: dictionary(count),
  workloads: list(anything),
  faults: list(anything),
  budgets: list(anything),
});
const DEFAULTS: Partial<Written> = {
  regions: ["us-east", "eu-west", "ap-southeast"],
  ciS: 30,
  convergeWithinS: 30,
  nodeArgs: [],
  regionArgs: {},
  smallDisksMb: {},
  faults: [],
  budgets: [],
};
const BUDGET = object<Budget>({ figure: text, min: nullable(number), max: nullable(number) });
const WHEN = object<{ readonly kind: string; readonly atS: number; readonly forS: number }>({
  kind: text,
  atS: number,
  forS: number,
});
const NAME = /^[a-z0-9-]{1,60}$/u;
const CI_SECONDS_MAX = 60;
const REGIONS_MAX = 7;

/** Reads a scenario that a person wrote. Throws ShapeError naming the place and what is wanted there. */
export function readScenario(written: unknown, path: string): Scenario {
  const scenario = readWords(WRITTEN, DEFAULTS, written, path);
  const { name, regions, durationS, ciS } = scenario;
  if (!NAME.test(name)) throw new ShapeError(`${path}.name`, 'a–z, 0–9 and "-"', name);
  if (regions.length < 1 || regions.length > REGIONS_MAX || new Set(regions).size !== regions.length) {
    throw new ShapeError(`${path}.regions`, `one to ${REGIONS_MAX} different names`, regions);
  }
  if (!(durationS > 0)) throw new ShapeError(`${path}.durationS`, "seconds", durationS);
  if (!(ciS > 0 && ciS <= CI_SECONDS_MAX)) throw new ShapeError(`${path}.ciS`, `at most ${CI_SECONDS_MAX} s`, ciS);
  if (scenario.workloads.length === 0) throw new ShapeError(`${path}.workloads`, "at least one", []);
  return {
    ...scenario,
    workloads: scenario.workloads.map((given, index) => readWorkload(given, `${path}.workloads[${index}]`)),
    workloadKinds: scenario.workloads.map((given) => String(anObject(given, path)["kind"])),
    faults: scenario.faults.map((given, index) => readEntry(given, durationS, regions, `${path}.faults[${index}]`)),
    budgets: scenario.budgets.map((given, index) =>
      readWords(BUDGET, { min: null, max: null }, given, `${path}.budgets[${index}]`),
    ),
  };
}

function readWorkload(given: unknown, path: string): Workload {
  const { kind, ...words } = anObject(given, path);
  const known = typeof kind === "string" ? WORKLOADS[kind] : undefined;
  if (known === undefined) throw new ShapeError(`${path}.kind`, Object.keys(WORKLOADS).join(" or "), kind);
  return known.read(words, path);
}

function readEntry(given: unknown, durationS: number, regions: readonly string[], path: string): TimelineEntry {
  const { kind, atS, forS, ...words } = anObject(given, path);
  const when = WHEN.read({ kind, atS, forS }, path);
  const known = FAULTS[when.kind];
  if (known === undefined) throw new ShapeError(`${path}.kind`, Object.keys(FAULTS).join(" or "), kind);
  if (when.atS < 0 || when.atS + when.forS > durationS) {
    throw new ShapeError(path, `a time within the ${durationS} s of the scenario`, `${when.atS} + ${when.forS}`);
  }
  const fault = known.read(words, path);
  // A name that is no region would be cut off from nobody, and the run would be green.
  const stranger = fault.story(regions).regions.find((region) => !regions.includes(region));
  if (stranger !== undefined) {
    throw new ShapeError(path, `regions of the scenario (${regions.join(", ")})`, stranger);
  }
  return { ...when, fault };
}

function anObject(given: unknown, path: string): Record<string, unknown> {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new ShapeError(path, "an object", given);
  return { ...given };
}
