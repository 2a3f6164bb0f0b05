import type { Context } from "./context.ts";
import type { HlcStamp } from "./hlc.ts";
import type { OriginTable } from "./origin.ts";
import type { Dot } from "./register.ts";

/** A value with the dot and the stamp of the write it came with. */
export interface Written extends Dot {
  readonly stamp: HlcStamp;
}

/**
 * The values of one thing that no write has replaced which had observed them: the register of `register.ts` for values that
 * are more than a text, and whose reader chooses by another rule than the latest. Nearly always there is one.
 */
export class ConcurrentValues<Value extends Written> {
  #values: readonly Value[] = [];

  get values(): readonly Value[] {
    return this.#values;
  }

  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  /** Replaces what the context observed and `replaces` accepts. */
  put(context: Context, value: Value, replaces: (value: Value) => boolean = always): void {
    const kept = this.#values.filter((one) => !(context.covers(one.origin, one.sequence) && replaces(one)));
    this.#values = [...kept, value];
  }

  /** Removes what the context observed and `removes` accepts; true when something went. */
  removeObserved(context: Context, removes: (value: Value) => boolean = always): boolean {
    return this.retain((one) => !(context.covers(one.origin, one.sequence) && removes(one)));
  }

  /** Keeps what `keeps` accepts; true when something went. */
  retain(keeps: (value: Value) => boolean): boolean {
    const kept = this.#values.filter(keeps);
    if (kept.length === this.#values.length) return false;
    this.#values = kept;
    return true;
  }

  /** The one that was shown when `settle` was last called. */
  get first(): Value | undefined {
    return this.#values[0];
  }

  /** Puts the value with the highest (stamp, origin) first: rule 5. Call after every change, where `first` is to be read. */
  settle(origins: OriginTable): void {
    if (this.#values.length < 2) return;
    this.#values = this.#values.toSorted((left, right) => compareWritten(right, left, origins));
  }

  /** In one order everywhere: by origin's name, then sequence. */
  sorted(origins: OriginTable): readonly Value[] {
    return this.#values.toSorted(
      (left, right) => origins.compare(left.origin, right.origin) || left.sequence - right.sequence,
    );
  }

  static of<Value extends Written>(values: readonly Value[]): ConcurrentValues<Value> {
    const out = new ConcurrentValues<Value>();
    out.#values = values;
    return out;
  }
}

function compareWritten(left: Written, right: Written, origins: OriginTable): number {
  return left.stamp - right.stamp || origins.compare(left.origin, right.origin);
}

function always(): boolean {
  return true;
}
