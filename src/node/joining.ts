import type { Outlook } from "../replication/outlook.ts";

export interface JoinFacts {
  /** The directory held nothing when the node started. */
  readonly wasEmpty: boolean;
  /** It is added to a database that does not count on it everywhere yet. */
  readonly isLearner: boolean;
  readonly outlook: Pick<Outlook, "caughtUp" | "heardFrom" | "ownMissing" | "isAnswered" | "isAlone" | "isRefused">;
  /** A snapshot was installed since the start. */
  readonly hasSnapshot: boolean;
  /** It was found before that peers have more of our own than we have. */
  readonly isTold: boolean;
  /** As long as we wait for a word has passed. */
  readonly isOver: boolean;
}

/**
 * Whether a region that has started may serve clients.
 *
 * [JN1] A learner waits: until everybody knows of it, somebody may forget what its writes could be concurrent to.
 * [JN2] An empty directory beside peers is a new region, or one that lost its disk: it serves once it has what they have. When nobody
 *       answers it begins by itself; when somebody does and refuses it, it has to be added first.
 * [JN3] Any other is asked about: when peers have more of its own earlier incarnations than it has itself, it is an old copy or was cut,
 *       and serves once it has that back, or once whoever had it is gone.
 */
export function joinVerdict(facts: JoinFacts): "wait" | "fetch" | "alone" | "serve" {
  const { wasEmpty, isLearner, outlook, hasSnapshot, isTold, isOver } = facts;
  if (isLearner) return "wait";
  if (wasEmpty) {
    if (outlook.heardFrom > 0) return outlook.caughtUp ? "serve" : "wait";
    return hasSnapshot || !isOver || outlook.isRefused ? "wait" : "alone";
  }
  if (outlook.ownMissing > 0) return isTold && isOver && outlook.isAlone ? "serve" : "fetch";
  return isTold || isOver || outlook.isAnswered ? "serve" : "wait";
}
