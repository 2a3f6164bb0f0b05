import { Session, type Profiler } from "node:inspector/promises";

/**
 * How much of this project's code ran, counted by V8's precise coverage: characters of source, without comments and white space,
 * each as often as it was executed. Like a count of instructions it is the same on a slow machine and on a busy one; unlike it,
 * what native code does (copies, system calls, the collector) is not in it. Only right where no compiler inlines calls, which are
 * then not counted: the project of these tests is interpreted.
 */
export class WorkMeter {
  readonly #session = new Session();
  readonly #weights = new Map<string, Promise<Uint32Array>>();

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Debugger.enable");
    await this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** What `work` executes. */
  async measure(work: () => void | Promise<void>): Promise<number> {
    // Taking the counts resets them.
    await this.#session.post("Profiler.takePreciseCoverage");
    await work();
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    let executed = 0;
    for (const script of result) {
      if (!/\/src\/.*\.ts$/u.test(script.url)) continue;
      const weights = await this.#weightsOf(script.scriptId);
      const one = executedIn(
        script.functions.flatMap(({ ranges }) => ranges),
        weights,
      );
      executed += one;
    }
    return executed;
  }

  #weightsOf(scriptId: string): Promise<Uint32Array> {
    let weights = this.#weights.get(scriptId);
    if (weights === undefined) {
      weights = this.#session
        .post("Debugger.getScriptSource", { scriptId })
        .then(({ scriptSource }) => significantBefore(scriptSource));
      this.#weights.set(scriptId, weights);
    }
    return weights;
  }
}

/** Of nested ranges the innermost says how often a character was executed. `weights`: see `significantBefore`. */
export function executedIn(ranges: readonly Profiler.CoverageRange[], weights: Uint32Array): number {
  const sorted = ranges.toSorted(
    (left, right) => left.startOffset - right.startOffset || right.endOffset - left.endOffset,
  );
  const open: Profiler.CoverageRange[] = [];
  let executed = 0;
  let at = 0;
  const advance = (to: number): void => {
    const innermost = open.at(-1);
    if (innermost !== undefined) executed += (weights[to]! - weights[at]!) * innermost.count;
    at = to;
  };
  for (const range of sorted) {
    while (open.length > 0 && open.at(-1)!.endOffset <= range.startOffset) {
      advance(open.at(-1)!.endOffset);
      open.pop();
    }
    advance(range.startOffset);
    open.push(range);
  }
  while (open.length > 0) {
    advance(open.at(-1)!.endOffset);
    open.pop();
  }
  return executed;
}

/** For each offset of a source, how many characters before it are neither white space nor comment. */
export function significantBefore(source: string): Uint32Array {
  const before = new Uint32Array(source.length + 1);
  const comment = /\/\/[^\n]*|\/\*[^]*?\*\//gu;
  let next = comment.exec(source);
  for (let at = 0, count = 0; at < source.length; at++) {
    if (next !== null && at >= next.index + next[0].length) next = comment.exec(source);
    const isComment = next !== null && at >= next.index;
    if (!isComment && !/\s/u.test(source[at]!)) count++;
    before[at + 1] = count;
  }
  return before;
}
