import type { Reply } from "../resp/reply.ts";
import type { ClientSession } from "./client-session.ts";
import type { Done, Outcome, Suspended } from "./executor.ts";
import type { NodeState } from "./node-state.ts";
import { UNBLOCKED } from "./refusals.ts";
import type { Waiting } from "./session-reply.ts";

/** Outcomes that come later. Each counts among the blocked clients until it is there, and can be cancelled once. */

/** A command that waits by itself; `finish` makes the outcome of its reply. */
export function suspend(
  server: NodeState,
  session: ClientSession,
  waiting: Waiting,
  finish: (reply: Reply) => Done,
): Suspended {
  let cancel = (): void => {};
  const done = new Promise<Done>((resolve) => {
    let answered = false;
    const answer = (reply: Reply): void => {
      if (answered) return;
      answered = true;
      server.blockedClients--;
      session.blocked = null;
      resolve(finish(reply));
    };
    server.blockedClients++;
    const stop = waiting.begin(answer);
    const end = (reply: Reply): void => {
      stop();
      answer(reply);
    };
    if (!answered) session.blocked = { unblock: (how) => end(how === "error" ? UNBLOCKED : waiting.immediate) };
    cancel = () => end(waiting.immediate);
  });
  return { kind: "suspended", done, cancel: () => cancel() };
}

/** CLIENT PAUSE: runs `go` at its end. */
export function holdUntilUnpaused(server: NodeState, go: () => Outcome): Suspended {
  let cancel = (): void => {};
  const done = new Promise<Done>((resolve) => {
    server.blockedClients++;
    const stop = server.pause.hold(() => {
      server.blockedClients--;
      const outcome = go();
      if (outcome.kind === "done") {
        cancel = () => {};
        resolve(outcome);
        return;
      }
      cancel = () => outcome.cancel();
      void outcome.done.then(resolve);
    });
    cancel = () => {
      cancel = () => {};
      stop();
      server.blockedClients--;
      resolve({ kind: "done", reply: undefined, lsn: 0, close: true });
    };
  });
  return { kind: "suspended", done, cancel: () => cancel() };
}
