import type { Random } from "../../src/base/random.ts";
import type { Shape } from "../record/shape.ts";
import { readWords } from "../scenario/words.ts";
import type { Program } from "../world/child-program.ts";
import type { World } from "../world/start-world.ts";

/** What there is to harm: regions of our own, or ones that run elsewhere and have only their links here. */
export type FaultWorld = Pick<
  World,
  "regions" | "roads" | "region" | "startRegion" | "prepareRegion" | "startTwin" | "forget"
>;

/** What a fault works with. */
export interface FaultStage {
  readonly world: FaultWorld;
  readonly random: Random;
  /** The build before this one, where one was given: what "versions N and N-1" needs. */
  readonly previous: Program | null;
  /** Regions whose data stands on a disk of its own that can be filled. */
  readonly smallDisks: ReadonlySet<string>;
  /** Copies of data directories, by region. */
  readonly copies: Map<string, string>;
  /** A directory for what must outlive a region's own. */
  readonly scratchDir: string;
  readonly onNote: (line: string) => void;
}

/** What a fault says of itself in the record. */
export interface FaultStory {
  readonly title: string;
  /** Regions it hits. */
  readonly regions: readonly string[];
  /** Directed links it hits, `a→b`. */
  readonly links: readonly string[];
  readonly losesDisk: boolean;
  /** The region that is not there while the fault lasts: what the others have then is what there would be if it never came back. */
  readonly away?: string;
}

/** A fault that is under way. */
export interface Injected {
  /** Resolves once it is over and what it hit runs again. Throws what went wrong on the way. */
  heal(): Promise<void>;
}

/** One kind of fault: the words a scenario says it with, and what it does. */
interface FaultDefinition<Words> {
  readonly words: Shape<Words>;
  /** Which words may be left out, and what they are then. */
  readonly defaults: Partial<Words>;
  /** One line of documentation. */
  readonly summary: string;
  story(words: Words, regions: readonly string[]): FaultStory;
  /** `id` is unique in a run: names what is put on links. Resolves once the fault holds. */
  inject(stage: FaultStage, id: string, words: Words): Promise<Injected>;
}

/** A fault as a scenario says it, its words checked. */
export interface Fault {
  story(regions: readonly string[]): FaultStory;
  inject(stage: FaultStage, id: string): Promise<Injected>;
}

/** A kind of fault, to be read from a scenario. */
export interface FaultKind {
  readonly summary: string;
  /** Its words, each with its default where it has one. */
  readonly words: readonly (readonly [word: string, fallback: unknown])[];
  /** Throws ShapeError where the words are wrong. */
  read(words: unknown, path: string): Fault;
}

export function defineFault<Words>(kind: FaultDefinition<Words>): FaultKind {
  const defaults = new Map(Object.entries(kind.defaults));
  const names = Object.keys(kind.words.schema["properties"] as object);
  return {
    summary: kind.summary,
    words: names.map((word) => [word, defaults.get(word)]),
    read(given, path) {
      const words = readWords(kind.words, kind.defaults, given, path);
      return {
        story: (regions) => kind.story(words, regions),
        inject: (stage, id) => kind.inject(stage, id, words),
      };
    },
  };
}

/** The fault cannot be had here: not as root, no older build. The run says nothing then. */
export class FaultImpossibleError extends Error {
  override readonly name = "FaultImpossibleError";
}

/** Both directions between each of `near` and each of `far`. */
export function linksBetween(near: readonly string[], far: readonly string[]): readonly string[] {
  return near.flatMap((one) => far.flatMap((other) => [`${one}→${other}`, `${other}→${one}`]));
}

/** All directions of one region's links to the other regions. */
export function linksOf(region: string, regions: readonly string[]): readonly string[] {
  const others = regions.filter((other) => other !== region);
  return linksBetween([region], others);
}

/** A fault that begins with a stop of its region: it holds from the moment it is begun, and not only once all is arranged. */
export function beginning(arrange: () => Promise<void>): Promise<void> {
  const arranged = arrange();
  // Told to who heals it.
  arranged.catch(() => {});
  return arranged;
}

/** A fault that goes on by itself until it is healed. */
export function keepGoing(step: (stopped: () => boolean, wait: (ms: number) => Promise<void>) => Promise<void>): {
  stop(): Promise<void>;
} {
  let stopped = false;
  let wake = (): void => {};
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, stopped ? 0 : ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const running = step(() => stopped, wait);
  // Told by `stop`; until then nobody waits for it.
  running.catch(() => {});
  return {
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}
