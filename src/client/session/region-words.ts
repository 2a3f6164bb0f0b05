import { callAll, type Caller, type Command } from "../callers/caller.ts";
import type { Layout } from "./layout.ts";
import { scriptCommand, type ScriptCall, type ScriptName } from "./scripts.ts";
import { SessionStaleError } from "./session-errors.ts";
import type { ReadYourWrites } from "./session-options.ts";

/** Names the last write that this region took: whoever has it has all that this region had before it. */
const TOKEN: Command = ["ANTIPODE", "TOKEN", "WRITES"];
/** How long a connection that others share is held up at once, and how long it is left to them then. */
const SHARED_WAIT_MS = 1;
const SHARED_PAUSE_MS = 10;

export interface Written {
  readonly reply: unknown;
  /** Null when none was asked for. */
  readonly token: string | null;
}

/** What stores ask of a region: a few commands in one go, with tokens for reading one's own writes around them. */
export class RegionWords {
  readonly #caller: Caller;
  readonly #await: Required<ReadYourWrites> | null;
  /** Of this process's latest write. */
  #latestToken: string | null = null;

  constructor(caller: Caller, readYourWrites: Required<ReadYourWrites> | null) {
    this.#caller = caller;
    this.#await = readYourWrites;
  }

  /** Null while nothing was written, and when tokens are not asked for. */
  get latestToken(): string | null {
    return this.#latestToken;
  }

  async read(commands: readonly Command[]): Promise<readonly unknown[]> {
    return callAll(this.#caller, commands);
  }

  /**
   * The same once the region has what this process has written, and what `token` names. `isStale`: time is up, and the answer is older.
   * Throws SessionStaleError where the application wants no such answer.
   */
  async readCurrent(
    commands: readonly Command[],
    token: string | null,
  ): Promise<{ readonly replies: readonly unknown[]; readonly isStale: boolean }> {
    const wanted = this.#await === null ? [] : [...new Set([token, this.#latestToken])].filter((one) => one !== null);
    if (this.#await === null || wanted.length === 0) return { replies: await this.read(commands), isStale: false };
    const { timeoutMs, stale } = this.#await;
    const waitMs = this.#caller.isShared ? SHARED_WAIT_MS : timeoutMs;
    const giveUpMs = performance.now() + timeoutMs;
    const waits = wanted.map((one) => ["ANTIPODE", "AWAIT", one, String(waitMs), "STALE", "SERVE"]);
    for (;;) {
      const replies = await this.read([...waits, ...commands]);
      const isStale = replies.slice(0, waits.length).some((reply) => reply !== "OK");
      const rest = replies.slice(waits.length);
      if (!isStale) return { replies: rest, isStale };
      if (performance.now() >= giveUpMs) {
        // What another region has is not waited for again and again: whoever goes on here has accepted what is here.
        this.#latestToken = null;
        if (stale === "error") throw new SessionStaleError();
        return { replies: rest, isStale };
      }
      await new Promise((resolve) => setTimeout(resolve, SHARED_PAUSE_MS));
    }
  }

  /** Rejects with the region's refusal. */
  async write(command: Command): Promise<Written> {
    if (this.#await === null) return { reply: (await callAll(this.#caller, [command]))[0], token: null };
    const [reply, token] = await callAll(this.#caller, [command, TOKEN]);
    this.#latestToken = String(token);
    return { reply, token: this.#latestToken };
  }

  /** A script that the region may know already. */
  async run(layout: Layout, name: ScriptName, call: ScriptCall): Promise<Written> {
    try {
      return await this.write(scriptCommand(layout, name, call, false));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return this.write(scriptCommand(layout, name, call, true));
    }
  }
}
