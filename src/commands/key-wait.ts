import type { BinaryString } from "../base/bytes.ts";
import type { KeyType } from "../crdt/operations/operation-kind.ts";
import type { Transaction } from "../keyspace/transaction-port.ts";
import type { Reply } from "../resp/reply.ts";

/** Runs the command another time, in a transaction of its own. Throws refusals, like any `run`. */
export type RunAgain = (transaction: Transaction) => Reply | KeyWait;

/**
 * The answer of a data command that found nothing: wait for one of these keys, then run again (BLPOP, BZPOPMIN, XREAD BLOCK).
 * Its run has mutated nothing, or only what it would not mutate a second time.
 */
export class KeyWait {
  readonly keys: readonly BinaryString[];
  /** The command runs again once one of the keys has this type. */
  readonly type: KeyType;
  /** Whole milliseconds; 0: for ever. Of a second wait of the same command it is ignored: the first deadline holds. */
  readonly timeoutMs: number;
  readonly timedOut: Reply;
  /** The reply where nothing may wait (inside MULTI and scripts). */
  readonly immediate: Reply;
  /** What to run; null: the command as it is. XREAD has to remember what `$` meant when it came. */
  readonly again: RunAgain | null;
  /** The command runs again also when one of the keys goes (XREADGROUP, whose group is gone then). */
  readonly endsWithKey: boolean;

  constructor(init: KeyWaitInit) {
    this.keys = init.keys;
    this.type = init.type;
    this.timeoutMs = init.timeoutMs;
    this.timedOut = init.timedOut;
    this.immediate = init.immediate === undefined ? init.timedOut : init.immediate;
    this.again = init.again ?? null;
    this.endsWithKey = init.endsWithKey ?? false;
  }
}

interface KeyWaitInit {
  readonly keys: readonly BinaryString[];
  readonly type: KeyType;
  readonly timeoutMs: number;
  readonly timedOut: Reply;
  /** Without it: `timedOut`. */
  readonly immediate?: Reply;
  readonly again?: RunAgain;
  readonly endsWithKey?: boolean;
}

/** The reply where nothing may wait. */
export function withoutWaiting(answer: Reply | KeyWait): Reply {
  return answer instanceof KeyWait ? answer.immediate : answer;
}
