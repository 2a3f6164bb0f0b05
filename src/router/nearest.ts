import type { ChoiceLimits } from "./limits.ts";
import { byScore } from "./score.ts";
import type { Candidate } from "./score.ts";

/**
 * The nearest region, with inertia. Measured scores tremble; if clients followed each tremble they would be moved to and fro
 * between regions that lag behind each other. So a challenger must be clearly better, several rounds running, and not too soon
 * after the last change; and then clients move over gradually. Away from a region that cannot serve, though: at once.
 */
export interface Nearest {
  /** Null while no region can serve. */
  readonly name: string | null;
  readonly sinceMs: number;
  /** The one clients are still being moved away from: only after a change for the better. */
  readonly previous: string | null;
  readonly challenger: string | null;
  readonly rounds: number;
}

export interface NearestStep {
  readonly nearest: Nearest;
  /** Why it changed; null if it did not. */
  readonly reason: string | null;
}

export function noNearest(nowMs: number): Nearest {
  return { name: null, sinceMs: nowMs, previous: null, challenger: null, rounds: 0 };
}

/** `isRound`: the regular look at the scores. Without it only what cannot wait is decided: a region that can no longer serve. */
export function reconsider(
  nearest: Nearest,
  candidates: readonly Candidate[],
  isRound: boolean,
  nowMs: number,
  limits: ChoiceLimits,
): NearestStep {
  const available = candidates.filter((candidate) => candidate.standing === "available");
  const field = available.length > 0 ? available : candidates.filter((candidate) => candidate.standing === "degraded");
  const best = byScore(field)[0];
  const current = field.find((candidate) => candidate.name === nearest.name);
  if (best === undefined) {
    if (nearest.name === null) return { nearest, reason: null };
    return { nearest: noNearest(nowMs), reason: `no region can serve; it was ${nearest.name}` };
  }
  if (current === undefined) {
    const was = candidates.find((candidate) => candidate.name === nearest.name);
    const gone = nearest.name === null ? "first choice" : `${nearest.name} is no longer a region`;
    const why = was === undefined ? gone : `${was.name} is ${was.standing === "degraded" ? "degraded" : was.kind}`;
    return { nearest: { ...noNearest(nowMs), name: best.name }, reason: `${why}; ${describe(best)}` };
  }
  if (!isRound) return { nearest, reason: null };
  const gainMs = current.scoreMs - best.scoreMs;
  if (best.name === current.name || gainMs < limits.betterByMs || gainMs < current.scoreMs * limits.betterByShare) {
    return { nearest: { ...nearest, challenger: null, rounds: 0 }, reason: null };
  }
  const rounds = nearest.challenger === best.name ? nearest.rounds + 1 : 1;
  if (rounds < limits.betterForRounds || nowMs - nearest.sinceMs < limits.dwellMs) {
    return { nearest: { ...nearest, challenger: best.name, rounds }, reason: null };
  }
  return {
    nearest: { ...noNearest(nowMs), name: best.name, previous: current.name },
    reason: `${describe(best)} is better than ${describe(current)} for ${rounds} rounds`,
  };
}

/** 0–1: how many of the clients have moved to the new nearest so far. */
export function shiftedShare(nearest: Nearest, nowMs: number, limits: ChoiceLimits): number {
  if (nearest.previous === null || limits.shiftMs <= 0) return 1;
  return Math.min(1, (nowMs - nearest.sinceMs) / limits.shiftMs);
}

function describe(candidate: Candidate): string {
  return `${candidate.name} (${candidate.scoreMs.toFixed(1)} ms)`;
}
