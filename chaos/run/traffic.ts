import { outcomeOf, REQUEST_TIMEOUT_MS, type Answer, type Client } from "../clients/client.ts";
import { commandsOf, sawIn } from "../clients/commands.ts";
import type { OpLine } from "../record/lines.ts";
import type { PlannedOp } from "../workloads/workload.ts";
import type { ClientSet } from "./client-set.ts";
import type { RunClock } from "./run-clock.ts";

/** How long a client with a write concern waits for other regions. */
const WAIT_MS = REQUEST_TIMEOUT_MS - 500;
/** What must not happen twice is not sent twice. */
const ONCE = new Set(["counter.add", "limit.spend", "lock.acquire"]);

/** An open loop: each operation starts when it is due, whatever became of the others. */
export class Traffic {
  readonly #clients: ClientSet;
  readonly #clock: RunClock;
  readonly #others: number;
  readonly #write: (line: OpLine) => void;
  readonly #tokens = new Map<string, string>();
  readonly #turns = new Map<string, Promise<void>>();
  #count = 0;

  /** `others`: how many other regions a write can be confirmed by. */
  constructor(clients: ClientSet, clock: RunClock, others: number, write: (line: OpLine) => void) {
    this.#clients = clients;
    this.#clock = clock;
    this.#others = others;
    this.#write = write;
  }

  /** Runs a plan, its times counted from `startMs`; resolves when the last answer has come or was given up. */
  async run(plan: readonly PlannedOp[], startMs: number): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    for (const planned of plan) {
      await this.#clock.until(startMs + planned.atMs);
      const task = this.#inTurn(planned, startMs + planned.atMs).finally(() => inFlight.delete(task));
      inFlight.add(task);
    }
    await Promise.all(inFlight);
  }

  /** A token is opaque: two answers cannot be put together. So who uses one does one thing after the other. */
  async #inTurn(planned: PlannedOp, scheduledMs: number): Promise<void> {
    const { session, usesToken } = planned;
    if (!usesToken || session === null) return this.#perform(planned, scheduledMs);
    const turn = (this.#turns.get(session) ?? Promise.resolve()).then(() => this.#perform(planned, scheduledMs));
    this.#turns.set(session, turn);
    return turn;
  }

  async #perform(planned: PlannedOp, scheduledMs: number): Promise<void> {
    const client = this.#clients.choose(planned);
    const outcome = await this.#attempt(client, planned, scheduledMs);
    if (outcome === "acked" || !planned.asksRouterNext || client.region === null || ONCE.has(planned.op.kind)) return;
    await this.#attempt(this.#clients.router(planned.person), planned, this.#clock.now(), client.name);
  }

  async #attempt(
    client: Client,
    planned: PlannedOp,
    scheduledMs: number,
    name = client.name,
  ): Promise<OpLine["outcome"]> {
    const { op, session, usesToken, concern } = planned;
    const token = usesToken && session !== null ? (this.#tokens.get(session) ?? null) : null;
    const id = this.#count++;
    const startedMs = this.#clock.now();
    let outcome: OpLine["outcome"] = "acked";
    let error: string | null = null;
    let answer: Answer | null = null;
    let confirmedBy: number | null = null;
    try {
      answer = await client.send(commandsOf(op), token);
      if (concern !== "local") confirmedBy = await this.#confirmed(client, concern);
    } catch (cause) {
      // Written, and nobody could say where else: that is an acknowledged write all the same.
      if (answer === null) outcome = outcomeOf(cause);
      error = cause instanceof Error ? cause.message : String(cause);
    }
    // A stale answer's token does not name what was missing: who wants to see it keeps the one he has.
    if (usesToken && session !== null && answer?.token && !answer.stale) this.#tokens.set(session, answer.token);
    this.#write({
      line: "op",
      id,
      client: name,
      session,
      via: client.via,
      library: client.library,
      regionAsked: client.region,
      regionServed: answer?.regionServed ?? null,
      op,
      scheduledMs,
      startedMs,
      endedMs: this.#clock.now(),
      outcome,
      error,
      saw: answer === null ? null : sawIn(op, answer.replies),
      concern,
      confirmedBy,
      token: token === null || answer === null ? "none" : answer.stale ? "stale" : "fresh",
    });
    return outcome;
  }

  async #confirmed(client: Client, concern: "one" | "all"): Promise<number> {
    const wanted = concern === "one" ? Math.min(1, this.#others) : this.#others;
    const { replies } = await client.send([["WAIT", String(wanted), String(WAIT_MS)]], null);
    return Number(replies[0]);
  }
}
