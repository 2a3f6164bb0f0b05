import type { ClientSession } from "../../commands/client-session.ts";
import type { RestDoor, UnderWay } from "./rest-door.ts";
import type { WriteConcern } from "./write-concern.ts";

/** A request has run and is durable here: waits until enough other regions have its writes too, or time is up, or the server drains. */
export class ConfirmationWait implements UnderWay {
  place = -1;
  readonly #door: Pick<RestDoor, "confirmations" | "runs">;
  readonly #session: ClientSession;
  readonly #done: (confirmed: readonly string[]) => void;
  #stop: () => void = () => {};
  #isOver = false;

  constructor(
    door: Pick<RestDoor, "confirmations" | "runs">,
    session: ClientSession,
    { regions, timeoutMs }: WriteConcern,
    done: (confirmed: readonly string[]) => void,
  ) {
    this.#door = door;
    this.#session = session;
    this.#done = done;
    door.runs.add(this);
    this.#stop = this.#await(regions, timeoutMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Answers with whom there is. */
  hurry(): void {
    this.#stop();
    if (!this.#isOver) this.#await(0, 1);
  }

  /** Nobody wants to know any more. */
  stop(): void {
    this.#stop();
    this.#isOver = true;
    this.#door.runs.delete(this);
  }

  #await(regions: number, timeoutMs: number): () => void {
    return this.#door.confirmations.await(this.#session, regions, timeoutMs, (confirmed) => {
      this.#isOver = true;
      this.#door.runs.delete(this);
      this.#done(confirmed);
    });
  }
}
