import type { BinaryString } from "../../base/bytes.ts";
import type { RegionName } from "../../crdt/origin.ts";
import { ReplyError } from "../../resp/reply-error.ts";
import type { Reply } from "../../resp/reply.ts";
import type { ClientSession } from "../client-session.ts";
import type { Done, Outcome, Suspended } from "../executor.ts";
import type { NodeState } from "../node-state.ts";
import { HOME_UNREACHABLE, homeUnknown, NOT_HOME, tooLargeForHome } from "./refusals.ts";
import { decodeReply, encodeForwarded } from "./forwarded-call.ts";
import type { PeerAnswer } from "./homes.ts";

/** A home that has just moved: its old region does not serve it any more, its new one does not know yet. */
const RETRY_MS = 50;
const RETRIES_MAX = 60;

export interface Forwarding {
  readonly session: ClientSession;
  readonly region: RegionName;
  readonly commands: readonly (readonly BinaryString[])[];
  readonly isAtomic: boolean;
  /** Nothing of it writes: what became of it does not matter. */
  readonly isReadOnly: boolean;
  /** How often it was tried before. */
  readonly tried: number;
  /** Looks again where it runs, and runs it. */
  readonly again: (tried: number) => Outcome;
  readonly finish: (reply: Reply) => Done;
}

/** Takes commands to the home of their keys, and the replies back. The client waits, as for any command that takes a while. */
export class Forwarder {
  readonly #server: NodeState;

  constructor(server: NodeState) {
    this.#server = server;
  }

  forward(forwarding: Forwarding): Suspended {
    const { session, region, commands, isAtomic } = forwarding;
    const server = this.#server;
    const body = encodeForwarded({
      door: session.door === "rest" ? "rest" : "resp",
      rights: this.#rightsOf(session),
      protocol: session.protocol,
      db: session.db,
      isAtomic,
      commands,
    });
    let isOver = false;
    let stop = (): void => {};
    let end = (_outcome: Outcome): void => {};
    server.blockedClients++;
    const done = new Promise<Done>((resolve) => {
      end = (outcome) => {
        if (isOver) return;
        isOver = true;
        server.blockedClients--;
        if (outcome.kind === "done") resolve(outcome);
        else {
          stop = () => outcome.cancel();
          void outcome.done.then(resolve);
        }
      };
    });
    server.homes.peers.call(region, body, (answer) => {
      const reply = replyOf(answer, forwarding.isReadOnly);
      const isMoving = reply instanceof ReplyError && reply.code === NOT_HOME.code;
      const { tried } = forwarding;
      if (!isMoving || tried >= RETRIES_MAX) end(forwarding.finish(reply));
      else stop = server.timers.after(RETRY_MS, () => end(forwarding.again(tried + 1)));
    });
    // The client is gone: what was asked for may happen all the same.
    const cancel = (): void => {
      stop();
      end({ kind: "done", reply: undefined, lsn: 0, close: true });
    };
    return { kind: "suspended", done, cancel };
  }

  #rightsOf({ user }: ClientSession): string {
    const { access } = this.#server;
    if (user === access.operator) return "operator";
    return user === access.readOnly ? "read-only" : `user:${user.name}`;
  }
}

function replyOf(answer: PeerAnswer, isReadOnly: boolean): Reply {
  switch (answer.kind) {
    case "unreachable":
      return HOME_UNREACHABLE;
    case "unknown":
      return isReadOnly ? HOME_UNREACHABLE : homeUnknown();
    case "too-large":
      return tooLargeForHome(answer.bytesMax);
    case "answered": {
      const reply = decodeReply(answer.body);
      return reply === undefined ? homeUnknown() : reply;
    }
  }
}
