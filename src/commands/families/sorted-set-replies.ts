import type { Scored } from "../../crdt/score.ts";
import { DoubleReply, type Reply } from "../../resp/reply.ts";
import type { CommandCall } from "../command-call.ts";

/** Members with their scores: pairs of their own in RESP3, items of a flat array in RESP2. */
export function scoredReply(scored: readonly Scored[], withScores: boolean, call: CommandCall): Reply {
  if (!withScores) return scored.map(({ member }) => member);
  return call.session.protocol === 3 ? scored.map(pairReply) : scored.flatMap(pairReply);
}

export function pairReply({ member, score }: Scored): [string, DoubleReply] {
  return [member, new DoubleReply(score)];
}
