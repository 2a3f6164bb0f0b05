import type { JsonObject } from "./json.ts";

/**
 * What an object in memory knows of the session it was loaded from: to which it is saved, and what it was then. Each request has its
 * own, also of one session.
 */
export class Tie {
  readonly id: string;
  generation: string;
  /** What the object was when it was last loaded or saved, as JSON text: the object itself is changed by its application. */
  #known: string;
  /** Of the latest write through this object. */
  token: string | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(id: string, generation: string, known: string) {
    this.id = id;
    this.generation = generation;
    this.#known = known;
  }

  get known(): JsonObject {
    return JSON.parse(this.#known) as JsonObject;
  }

  nowKnown(text: string): void {
    this.#known = text;
  }

  /** One save at a time: the second sends what changed since the first. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** It is no part of the session. */
  toJSON(): undefined {
    return undefined;
  }
}
