import type { Reply } from "../resp/reply.ts";

/** A session command's reply with more to say than itself: a position to wait for, or the end of the connection. */
export class Settled {
  readonly kind = "done";
  readonly reply: Reply;
  readonly lsn: number;
  readonly close: boolean;

  constructor(reply: Reply, lsn: number, close: boolean) {
    this.reply = reply;
    this.lsn = lsn;
    this.close = close;
  }
}

/**
 * A session command that answers later. `begin` is called once, with how to answer; it returns how to stop when the client goes
 * away. Inside MULTI nothing waits: `immediate` is the reply there, as Redis has it for its blocking commands.
 */
export class Waiting {
  readonly begin: (answer: (reply: Reply) => void) => () => void;
  readonly immediate: Reply;

  constructor(immediate: Reply, begin: (answer: (reply: Reply) => void) => () => void) {
    this.immediate = immediate;
    this.begin = begin;
  }
}
