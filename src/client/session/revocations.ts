import type { RegionWords } from "./region-words.ts";
import type { SessionSettings } from "./session-options.ts";

/** Which regions have a revocation on disk. */
export interface Confirmation {
  readonly confirmed: readonly string[];
  /** They had not said so when time was up; they will have it when they can be reached. */
  readonly missing: readonly string[];
}

export interface RevocationWait {
  /** How many other regions to wait for; all. */
  readonly regions?: number;
  /** At most so long; a second. */
  readonly timeoutMs?: number;
}

/** What deletes mean for keys of a prefix: rows R1–R4 of the contract. */
export type SessionClass = "update-wins" | "delete-wins" | "delete-final";

/** Logouts that hold, and can prove it (rows R5, R6). */
export class Revocations {
  readonly #settings: SessionSettings;
  readonly #words: RegionWords;

  constructor(settings: SessionSettings, words: RegionWords) {
    this.#settings = settings;
    this.#words = words;
  }

  /** Ends a session for good: no region can bring it back, whatever it has in flight. */
  revoke(id: string, wait: RevocationWait = {}): Promise<Confirmation> {
    return this.#revoke(["ANTIPODE", "REVOKE", this.#settings.prefix + id], wait);
  }

  /** Ends every session of a user, also those that other regions have just begun without knowing of this. */
  revokeUser(user: string, wait: RevocationWait = {}): Promise<Confirmation> {
    return this.#revoke(["ANTIPODE", "REVOKEUSER", user], wait);
  }

  /** Says whose a session is, when it is made; the option `user` does it by itself. */
  async own(id: string, user: string): Promise<void> {
    await this.#words.write(["ANTIPODE", "OWN", this.#settings.prefix + id, user]);
  }

  /** Sets the class of the store's prefix, in every region. `lapseMs`: how long a final delete is remembered. For an administrator. */
  async setClass(name: SessionClass, lapseMs?: number): Promise<void> {
    const lapse = lapseMs === undefined ? [] : ["LAPSE", String(lapseMs)];
    await this.#words.write(["ANTIPODE", "SETCLASS", this.#settings.prefix, name, ...lapse]);
  }

  async #revoke(command: readonly string[], { regions, timeoutMs }: RevocationWait): Promise<Confirmation> {
    const wanted = regions === undefined ? [] : ["REGIONS", String(regions)];
    const within = timeoutMs === undefined ? [] : ["TIMEOUT", String(timeoutMs)];
    const { reply } = await this.#words.write([...command, ...wanted, ...within]);
    return { confirmed: listIn(reply, "confirmed"), missing: listIn(reply, "missing") };
  }
}

/** A map or a list of names and values, by protocol and client. */
function listIn(reply: unknown, name: string): readonly string[] {
  const found = Array.isArray(reply)
    ? reply[reply.indexOf(name) + 1]
    : reply instanceof Map
      ? reply.get(name)
      : (reply as Readonly<Record<string, unknown>> | null)?.[name];
  return Array.isArray(found) ? found.map(String) : [];
}
