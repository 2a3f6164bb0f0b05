import type { Reply } from "../../../src/resp/reply.ts";
import { TRAVELLERS } from "./history.ts";
import { Violation } from "./violation.ts";
import type { Place, World } from "./world.ts";

/** A client that goes from region to region with a token. */
interface Traveller {
  readonly index: number;
  /** Where it is, and has all that its token names; null: it has not arrived anywhere. */
  at: { readonly place: Place; readonly incarnation: string } | null;
  token: string | null;
  /** What its token promises: by register, the least that must be shown. */
  promise: ReadonlyMap<string, number>;
  /** Registers are written by one client each; after a write whose outcome is unknown it takes another. */
  life: number;
  written: number;
  isBusy: boolean;
}

/**
 * Session guarantees: whoever has waited for its token reads its own writes, and nothing older than it has read before, in whatever
 * region it is.
 */
export class Travellers {
  readonly #world: World;
  readonly #all: readonly Traveller[];
  readonly #registers = new Set<string>();

  constructor(world: World) {
    this.#world = world;
    this.#all = Array.from({ length: TRAVELLERS }, (_, index) => ({
      index,
      at: null,
      token: null,
      promise: new Map<string, number>(),
      life: 0,
      written: 0,
      isBusy: false,
    }));
  }

  step(index: number, to: string | null): void {
    const traveller = this.#all[index]!;
    if (traveller.isBusy) return;
    if (to !== null) this.#move(traveller, this.#world.place(to));
    else if (traveller.at !== null && isThere(traveller.at)) this.#write(traveller, traveller.at.place);
    else traveller.at = null;
  }

  #move(traveller: Traveller, place: Place): void {
    traveller.at = null;
    if (place.node.stage !== "ready") return;
    const arrived = (): void => {
      traveller.at = { place, incarnation: place.node.keyspace.incarnation };
      this.#read(traveller, place);
    };
    if (traveller.token === null) {
      arrived();
      return;
    }
    const timeoutMs = String(200 * this.#world.profile.taste.scale);
    this.#ask(traveller, place, ["ANTIPODE", "AWAIT", traveller.token, timeoutMs, "STALE", "SERVE"], (reply) => {
      if (reply === 0) this.#world.tally.add("sessions/stale");
      else arrived();
    });
  }

  #read(traveller: Traveller, place: Place): void {
    const registers = [...this.#registers];
    if (registers.length === 0 || place.node.stage !== "ready") return;
    this.#ask(traveller, place, ["MGET", ...registers], (reply) => {
      const values = reply as readonly (string | null)[];
      this.#world.tally.add("sessions/reads");
      const seen = new Map<string, number>();
      for (const [index, register] of registers.entries()) {
        const value = Number(values[index] ?? 0);
        checkSession(
          place.node.name,
          register,
          value,
          traveller.promise.get(register) ?? 0,
          this.#world.profile.taste.sweeping,
        );
        seen.set(register, value);
      }
      this.#takeToken(traveller, place, seen);
    });
  }

  #write(traveller: Traveller, place: Place): void {
    const register = `own:${traveller.index}:${traveller.life}`;
    const value = ++traveller.written;
    this.#registers.add(register);
    this.#ask(traveller, place, ["SET", register, String(value)], (reply) => {
      if (reply === "refused") return;
      this.#world.tally.add("sessions/writes");
      this.#takeToken(traveller, place, new Map([...traveller.promise, [register, value]]));
    });
  }

  #takeToken(traveller: Traveller, place: Place, seen: ReadonlyMap<string, number>): void {
    this.#ask(traveller, place, ["ANTIPODE", "TOKEN"], (reply) => {
      traveller.token = reply as string;
      traveller.promise = seen;
    });
  }

  #ask(traveller: Traveller, place: Place, argv: readonly string[], answered: (reply: Reply) => void): void {
    const connection = this.#world.ledgerConnection(place);
    if (connection === null || !place.node.isUp) {
      traveller.at = null;
      return;
    }
    traveller.isBusy = true;
    place.door!.send(connection, argv, (answer) => {
      traveller.isBusy = false;
      if (answer.kind === "reply" && !(answer.reply instanceof Error) && answer.reply !== undefined) {
        answered(answer.reply);
        return;
      }
      // Unknown, or refused: it is nobody's register from here on, and nothing is known of where we are.
      traveller.life++;
      traveller.at = null;
    });
  }
}

/** `promised`: what this client's token stands for. */
export function checkSession(
  region: string,
  register: string,
  shown: number,
  promised: number,
  mayBeFlushed: boolean,
): void {
  if (shown >= promised || (mayBeFlushed && shown === 0)) return;
  throw new Violation("session", `${region} shows ${register} as ${shown} to one who had seen ${promised}`);
}

function isThere({ place, incarnation }: { readonly place: Place; readonly incarnation: string }): boolean {
  return place.node.stage === "ready" && place.node.keyspace.incarnation === incarnation;
}
