import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../base/clock.ts";
import { ReplyError } from "../resp/reply-error.ts";
import { Status, type Reply } from "../resp/reply.ts";
import type { ClientRegion } from "./region-list.ts";
import type { ProbeOutcome, RegionProbe } from "./region-probe.ts";
import { RespWire } from "./resp-wire.ts";

/** How the program's own client logs in; the same in all regions. */
export interface RespCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tls?: ConnectionOptions | undefined;
}

/** What a region says that answers, but takes no clients now. */
const NOT_READY: ReadonlySet<string> = new Set(["LOADING", "MASTERDOWN", "READONLY", "BUSY"]);

/**
 * Looks at regions over the Redis protocol, on a connection of its own for each. A look is `ANTIPODE TOKEN`: it measures, says whether
 * clients are served, and brings the token of all that was to be seen. Where that is refused (another server, a user without the right)
 * PING measures, and no token is carried.
 */
export class RespProbe implements RegionProbe {
  readonly #credentials: RespCredentials;
  readonly #clock: Clock;
  readonly #wires = new Map<
    string,
    { readonly url: string; readonly wire: RespWire; readonly greeting: Promise<Reply> }
  >();
  readonly #tokenless = new Set<string>();

  constructor(credentials: RespCredentials, clock: Clock) {
    this.#credentials = credentials;
    this.#clock = clock;
  }

  reaches(region: ClientRegion): boolean {
    return region.resp !== null;
  }

  async look(region: ClientRegion, timeoutMs: number): Promise<ProbeOutcome> {
    try {
      const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
      const wire = await this.#wire(region, timeoutMs);
      const startMs = this.#clock.monotonicMs();
      const words = this.#tokenless.has(region.name) ? ["PING"] : ["ANTIPODE", "TOKEN"];
      const reply = await wire.ask(words, Math.max(1, deadlineMs - startMs));
      const roundTripMs = this.#clock.monotonicMs() - startMs;
      if (typeof reply === "string") return { kind: "answered", roundTripMs, notReady: null, token: reply };
      if (!(reply instanceof ReplyError)) return { kind: "answered", roundTripMs, notReady: null, token: null };
      if (NOT_READY.has(reply.code)) return { kind: "answered", roundTripMs, notReady: reply.message, token: null };
      if (reply.code === "NOAUTH") throw reply;
      this.#tokenless.add(region.name);
      return { kind: "answered", roundTripMs, notReady: null, token: null };
    } catch (error) {
      this.#drop(region.name);
      return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** On a connection of its own: a wait must not hold up the looks. */
  async catchUp(region: ClientRegion, token: string, timeoutMs: number): Promise<boolean> {
    if (region.resp === null || this.#tokenless.has(region.name)) return false;
    const wire = new RespWire(region.resp, this.#credentials.tls ?? {});
    try {
      await this.#greet(wire, timeoutMs);
      const waitMs = String(Math.max(1, Math.round(timeoutMs)));
      const reply = await wire.ask(["ANTIPODE", "AWAIT", token, waitMs, "STALE", "SERVE"], timeoutMs + 250);
      return reply instanceof Status && reply.text === "OK";
    } catch {
      return false;
    } finally {
      wire.end();
    }
  }

  forget(name: string): void {
    this.#drop(name);
    this.#tokenless.delete(name);
  }

  close(): void {
    for (const name of this.#wires.keys()) this.#drop(name);
  }

  async #wire(region: ClientRegion, timeoutMs: number): Promise<RespWire> {
    if (region.resp === null) throw new Error("the region has no address of the Redis protocol");
    const known = this.#wires.get(region.name);
    if (known !== undefined && known.url === region.resp && known.wire.isOpen) {
      await known.greeting;
      return known.wire;
    }
    this.#drop(region.name);
    const wire = new RespWire(region.resp, this.#credentials.tls ?? {});
    const greeting = this.#greet(wire, timeoutMs);
    this.#wires.set(region.name, { url: region.resp, wire, greeting });
    await greeting;
    return wire;
  }

  /** Once this is answered the connection stands, and its making is not taken for distance. */
  async #greet(wire: RespWire, timeoutMs: number): Promise<Reply> {
    const { username = "default", password } = this.#credentials;
    const reply = await wire.ask(password === undefined ? ["PING"] : ["AUTH", username, password], timeoutMs);
    if (password !== undefined && reply instanceof ReplyError && !NOT_READY.has(reply.code)) throw reply;
    return reply;
  }

  #drop(name: string): void {
    this.#wires.get(name)?.wire.end();
    this.#wires.delete(name);
  }
}
