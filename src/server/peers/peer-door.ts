import type { BinaryString } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { User } from "../../commands/acl/user.ts";
import { ClientSession } from "../../commands/client-session.ts";
import type { Done, Executor } from "../../commands/executor.ts";
import { decodeForwarded, type ForwardedCall } from "../../commands/pinned/forwarded-call.ts";
import { BAD_FORWARDED, UNKNOWN_FORWARDER } from "../../commands/pinned/refusals.ts";
import { encodeReply } from "../../resp/reply-encoder.ts";
import type { Reply } from "../../resp/reply.ts";

/** What the door for other regions' clients needs. */
export interface PeerDoorParts {
  readonly executor: Executor;
  readonly nextClientId: () => number;
  readonly clock: Clock;
}

/**
 * The door that is no socket of its own: commands on pinned keys that another region's clients asked for there, and that run here,
 * in their home. A reply leaves once it is durable, as at every door.
 */
export class PeerDoor {
  readonly #parts: PeerDoorParts;

  constructor(parts: PeerDoorParts) {
    this.#parts = parts;
  }

  /** `from`: the region. `answer` is called once. */
  call(from: string, body: BinaryString, answer: (body: BinaryString) => void): void {
    const call = decodeForwarded(body);
    if (call === null) {
      answer(encodeReply(BAD_FORWARDED, 2));
      return;
    }
    const say = (reply: Reply | undefined): void => answer(encodeReply(reply ?? null, call.protocol));
    const user = this.#userOf(call.rights);
    if (user === undefined) {
      say(UNKNOWN_FORWARDER);
      return;
    }
    const session = this.#session(from, user, call);
    const { executor } = this.#parts;
    const outcome = call.isAtomic
      ? executor.executeAtomic(session, call.commands)
      : executor.execute(session, call.commands[0]!);
    if (outcome.kind === "done") this.#whenDurable(outcome, say);
    else void outcome.done.then((done) => this.#whenDurable(done, say));
  }

  #whenDurable({ lsn, reply, recheck }: Done, say: (reply: Reply | undefined) => void): void {
    const { executor } = this.#parts;
    if (executor.durableLsn >= lsn) {
      say(reply);
      return;
    }
    const end = (last: Reply | undefined): void => {
      for (const stop of stops) stop();
      say(last);
    };
    const stops = [
      executor.onDurable(() => {
        if (executor.durableLsn >= lsn) end(recheck?.() ?? reply);
      }),
      executor.onOutcomeUnknown(end),
    ];
  }

  #userOf(rights: string): User | undefined {
    const { executor } = this.#parts;
    if (rights === "operator") return executor.access.operator;
    if (rights === "read-only") return executor.access.readOnly;
    return rights.startsWith("user:") ? executor.access.named(rights.slice("user:".length)) : undefined;
  }

  #session(from: string, user: User, { door, protocol, db }: ForwardedCall): ClientSession {
    const session = new ClientSession({
      id: this.#parts.nextClientId(),
      door,
      address: `region:${from}`,
      localAddress: "",
      user,
      authenticated: true,
      connectedAtMs: this.#parts.clock.wallMs(),
      isForwarded: true,
      push: () => {},
      kill: () => {},
    });
    session.protocol = protocol;
    session.db = db;
    return session;
  }
}
