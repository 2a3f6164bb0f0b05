import type { ClientSession } from "./client-session.ts";

/** The connections of this node, by id, in the order in which they came. REST requests are not listed. */
export class ClientRegistry {
  readonly #byId = new Map<number, ClientSession>();
  /** Connections ever accepted. */
  accepted = 0;
  /** Connections turned away because of `maxclients`. */
  rejected = 0;

  get size(): number {
    return this.#byId.size;
  }

  add(session: ClientSession): void {
    this.#byId.set(session.id, session);
    this.accepted++;
  }

  remove(session: ClientSession): void {
    this.#byId.delete(session.id);
  }

  find(id: number): ClientSession | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<ClientSession> {
    return this.#byId.values();
  }
}
