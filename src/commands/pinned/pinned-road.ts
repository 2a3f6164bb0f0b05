import type { BinaryString } from "../../base/bytes.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import type { CommandLookup } from "../command-lookup.ts";
import { COMMANDS } from "../command-table.ts";
import type { Command } from "../define-command.ts";
import type { Done, Outcome } from "../executor.ts";
import type { NodeState } from "../node-state.ts";
import { NOT_HOME, WATCHED_AT_HOME } from "./refusals.ts";
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
 * Asked once the gates here have let it through. Null: it runs here, as any.
 */
export class PinnedRoad {
  readonly #server: NodeState;
  readonly #lookup: CommandLookup;
  readonly #host: PinnedRoadHost;
  readonly #forwarder: Forwarder;

  constructor(server: NodeState, lookup: CommandLookup, host: PinnedRoadHost) {
    this.#server = server;
    this.#lookup = lookup;
    this.#host = host;
    this.#forwarder = new Forwarder(server);
  }

  elsewhere(session: ClientSession, argv: Argv, command: Command, tried: number): Outcome | null {
    if (command.fullName === "exec") return this.#elsewhereQueued(session, tried);
    const home = homeOfCall(command, argv);
    if (home === null) return null;
    if (home instanceof ReplyError) return this.#host.refuse(session, argv, command, home);
    const place = this.#placeOf(home, session);
    if (place instanceof ReplyError) return this.#host.refuse(session, argv, command, place);
    if (place === null) return null;
    if (command.fullName === "watch") return this.#host.refuse(session, argv, command, WATCHED_AT_HOME);
    const startedMs = this.#server.clock.monotonicMs();
    return this.#forwarder.forward({
      session,
      region: place,
      commands: [argv],
      isAtomic: false,
      isReadOnly: command.isReadOnly,
      tried,
      again: (times) => this.elsewhere(session, argv, command, times) ?? this.#host.run(session, argv, command),
      finish: (reply) => this.#host.finish(session, argv, command, startedMs, reply),
    });
  }

  /** REST's transactions. */
  elsewhereAtomic(session: ClientSession, commands: readonly Argv[], tried: number): Outcome | null {
    const argv = ["EXEC"];
    const resolved = commands.map((one) => [this.#lookup.resolve(one, session.door), one] as const);
    const known = resolved.filter((one): one is readonly [Command, Argv] => !(one[0] instanceof ReplyError));
    const home = homeOfCalls(known);
    if (home === null) return null;
    if (home instanceof ReplyError) return this.#host.refuse(session, argv, EXEC, home);
    const place = this.#placeOf(home, session);
    if (place instanceof ReplyError) return this.#host.refuse(session, argv, EXEC, place);
    if (place === null) return null;
    const startedMs = this.#server.clock.monotonicMs();
    return this.#forwarder.forward({
      session,
      region: place,
      commands,
      isAtomic: true,
      isReadOnly: known.every(([command]) => command.isReadOnly),
      tried,
      again: (times) => this.elsewhereAtomic(session, commands, times) ?? this.#host.runAtomic(session, commands),
      finish: (reply) => this.#host.finish(session, argv, EXEC, startedMs, reply),
    });
  }

  /** EXEC: what was queued goes to the home as one, and with it the connection's transaction is over here. */
  #elsewhereQueued(session: ClientSession, tried: number): Outcome | null {
    const { transaction } = session;
    if (transaction === null || transaction.broken || session.watchBroken) return null;
    for (const { token, key } of session.watched.values()) {
      // Its home has moved: here nobody sees any more what happens to it, so it counts as changed.
      if (this.#server.homes.isElsewhere(key)) session.watchBroken = true;
      if (token.dirty || session.watchBroken) return null;
    }
    const { commands } = transaction;
    const outcome = this.elsewhereAtomic(session, commands, tried);
    if (outcome === null) return null;
    session.transaction = null;
    session.unwatch();
    return outcome;
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
