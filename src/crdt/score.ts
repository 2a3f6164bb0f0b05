import { addIntegers, exactSum, parseInt64, type Delta, type Total } from "./delta.ts";
import { Register } from "./register.ts";

/**
 * Scores: registers with increments whose shown value is a double. The sum itself is an exact decimal, made of the shortest
 * digits of each double, so it depends on no order and three times 0.1 is 0.3; it becomes a double where it is shown and compared.
 */

/** A score as the text of a base value. */
export function scoreText(score: number): string {
  if (score === Number.POSITIVE_INFINITY) return "inf";
  if (score === Number.NEGATIVE_INFINITY) return "-inf";
  return String(score);
}

/** The double that a text of `scoreText`, or a sum, stands for. */
export function scoreOf(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  // No negative zero: Redis' compact encoding has none either.
  return Number(text) + 0;
}

/** A finite double as an increment. */
export function scoreDelta(increment: number): Delta {
  return Number.isSafeInteger(increment) ? increment + 0 : String(increment);
}

/** Base plus increments, never rounded. What is added to an infinity is lost in it. */
export function scoreTotal(base: string | null, sum: Delta): Total {
  if (base === "inf" || base === "-inf") return { text: base, exact: true };
  const integer = base === null ? 0 : parseInt64(base);
  if (integer !== null && typeof sum !== "string") return { text: String(addIntegers(integer, sum)), exact: true };
  return { text: exactSum(base ?? "0", sum), exact: true };
}

/** A member of a sorted set with its score, in the map of members and in their order. */
export class ScoredMember extends Register {
  readonly member: string;
  /** The score shown when the order was last told: what the order goes by. */
  score = 0;

  constructor(member: string) {
    super();
    this.member = member;
  }

  /** The score that base and increments come to now. */
  shownScore(): number {
    return scoreOf(this.text() ?? "0");
  }

  protected override total(base: string | null, sum: Delta): Total {
    return scoreTotal(base, sum);
  }
}

/** The order of a sorted set: by score, and by bytes among equal scores. */
export function compareScored(left: Scored, right: Scored): number {
  if (left.score !== right.score) return left.score < right.score ? -1 : 1;
  if (left.member === right.member) return 0;
  return left.member < right.member ? -1 : 1;
}

export interface Scored {
  readonly member: string;
  readonly score: number;
}
