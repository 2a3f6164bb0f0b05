import type { BinaryString } from "../../base/bytes.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import type { CommandLookup } from "../command-lookup.ts";
import { COMMANDS } from "../command-table.ts";
import type { Command } from "../define-command.ts";
import type { Done, Outcome, Recheck } from "../executor.ts";
import type { NodeState } from "../node-state.ts";
import { HOME_LOST, NOT_HOME, WATCHED_AT_HOME } from "./refusals.ts";
import { Forwarder } from "./forwarder.ts";
import { homeOfCall, homeOfCalls } from "./home-tag.ts";

type Argv = readonly BinaryString[];

/** Dispatch, as this road needs it. */
export interface PinnedRoadHost {
  run(session: ClientSession, argv: Argv, command: Command): Outcome;
  runAtomic(session: ClientSession, commands: readonly Argv[]): Outcome;
  refuse(session: ClientSession, argv: Argv, command: Command, refusal: ReplyError): Outcome;
  finish(session: ClientSession, argv: Argv, command: Command, startedMs: number, reply: Reply): Done;
}

const EXEC = COMMANDS.get("exec")!;

/**
 * Where the road of a command forks: one on pinned keys runs in their home, so that there is one order of all of them (rows N1–N5).
 * Asked once the gates here have let it through. Null: none of its keys is pinned, and it runs here, as any.
 *
 * What ran here, in the home, and waits for the disk is told only while this region is still sure to be it: others may have given it
 * up, and the home away, while its process or its disk stood still. Whoever waits is told then that the outcome is unknown.
 */
export class PinnedRoad {
  readonly #server: NodeState;
  readonly #lookup: CommandLookup;
  readonly #host: PinnedRoadHost;
  readonly #forwarder: Forwarder;
  readonly #recheck: Recheck;

  constructor(server: NodeState, lookup: CommandLookup, host: PinnedRoadHost) {
    this.#server = server;
    this.#lookup = lookup;
    this.#host = host;
    this.#forwarder = new Forwarder(server);
    this.#recheck = () => (server.homes.hasKeptItsHomes ? null : HOME_LOST);
  }

  take(session: ClientSession, argv: Argv, command: Command, tried: number): Outcome | null {
    if (command.fullName === "exec") return this.#queued(session, argv, tried);
    const home = homeOfCall(command, argv);
    if (home === null) return isScript(command) ? this.#script(session, argv, command) : null;
    return this.#takeTo(home, session, argv, command, tried);
  }

  #takeTo(home: string | ReplyError, session: ClientSession, argv: Argv, command: Command, tried: number): Outcome {
    const runHere = (): Outcome => this.#host.run(session, argv, command);
    if (home instanceof ReplyError) return this.#host.refuse(session, argv, command, home);
    const place = this.#placeOf(home, session);
    if (place instanceof ReplyError) return this.#host.refuse(session, argv, command, place);
    if (place === null) return this.#atHome(runHere());
    if (command.fullName === "watch") return this.#host.refuse(session, argv, command, WATCHED_AT_HOME);
    const startedMs = this.#server.clock.monotonicMs();
    return this.#forwarder.forward({
      session,
      region: place,
      commands: [argv],
      isAtomic: false,
      isReadOnly: command.isReadOnly,
      tried,
      again: (times) => this.take(session, argv, command, times) ?? runHere(),
      finish: (reply) => this.#host.finish(session, argv, command, startedMs, reply),
    });
  }

  /** REST's transactions, as `take`. */
  takeAtomic(session: ClientSession, commands: readonly Argv[]): Outcome | null {
    return this.#atomic(session, commands, 0, () => this.#host.runAtomic(session, commands));
  }

  #atomic(session: ClientSession, commands: readonly Argv[], tried: number, runHere: () => Outcome): Outcome | null {
    const argv = ["EXEC"];
    const resolved = commands.map((one) => [this.#lookup.resolve(one, session.door), one] as const);
    const known = resolved.filter((one): one is readonly [Command, Argv] => !(one[0] instanceof ReplyError));
    const home = homeOfCalls(known);
    if (home === null) return known.some(([command]) => isScript(command)) ? this.#scripts(runHere) : null;
    if (home instanceof ReplyError) return this.#host.refuse(session, argv, EXEC, home);
    const place = this.#placeOf(home, session);
    if (place instanceof ReplyError) return this.#host.refuse(session, argv, EXEC, place);
    if (place === null) return this.#atHome(runHere());
    const runAtomic = (): Outcome => this.#host.runAtomic(session, commands);
    const startedMs = this.#server.clock.monotonicMs();
    return this.#forwarder.forward({
      session,
      region: place,
      commands,
      isAtomic: true,
      isReadOnly: known.every(([command]) => command.isReadOnly),
      tried,
      again: (times) => this.#atomic(session, commands, times, runAtomic) ?? runAtomic(),
      finish: (reply) => this.#host.finish(session, argv, EXEC, startedMs, reply),
    });
  }

  /** EXEC: what was queued goes to the home as one, and with it the connection's transaction is over here. */
  #queued(session: ClientSession, argv: Argv, tried: number): Outcome | null {
    const { transaction } = session;
    if (transaction === null || transaction.broken || session.watchBroken) return null;
    for (const { token, key } of session.watched.values()) {
      if (token.dirty) return null;
      const place = this.#server.homes.elsewhere(key);
      if (place instanceof ReplyError) return this.#host.refuse(session, argv, EXEC, place);
      // Its home has moved: here nobody sees any more what happens to it, so it counts as changed.
      if (place !== null) session.watchBroken = true;
      if (session.watchBroken) return null;
    }
    const { commands } = transaction;
    const outcome = this.#atomic(session, commands, tried, () => this.#host.run(session, argv, EXEC));
    if (outcome === null) return null;
    session.transaction = null;
    session.unwatch();
    return outcome;
  }

  /** A script none of whose declared keys is pinned: one that it comes upon may be. */
  #script(session: ClientSession, argv: Argv, command: Command): Outcome {
    const { homes } = this.#server;
    homes.isTouchedByScript = false;
    const outcome = this.#host.run(session, argv, command);
    return homes.isTouchedByScript ? this.#atHome(outcome) : outcome;
  }

  /** The same for a transaction with scripts in it. */
  #scripts(run: () => Outcome): Outcome {
    const { homes } = this.#server;
    homes.isTouchedByScript = false;
    const outcome = run();
    return homes.isTouchedByScript ? this.#atHome(outcome) : outcome;
  }

  #atHome(outcome: Outcome): Outcome {
    if (outcome.kind === "done") return this.#rechecked(outcome);
    return {
      kind: "suspended",
      done: outcome.done.then((done) => this.#rechecked(done)),
      cancel: () => outcome.cancel(),
    };
  }

  #rechecked(done: Done): Done {
    return done.lsn > this.#server.database.durableLsn ? { ...done, recheck: this.#recheck } : done;
  }

  /** Null: here. */
  #placeOf(home: string, session: ClientSession): string | null | ReplyError {
    const place = this.#server.homes.placeOf(home, null);
    if (place instanceof ReplyError) return place;
    if (place.kind === "here") return null;
    // It was sent here by a region that takes this one for the home: it looks again in a moment.
    return session.isForwarded ? NOT_HOME : place.region;
  }
}

const isScript = ({ group }: Command): boolean => group === "scripting";
