import type { ClientLimits } from "./limits.ts";
import type { RegionSight } from "./region-sight.ts";

/**
 * Which region a client is at. Rules:
 *
 * [CG1] The preferred one whenever it is up; else the nearest that is up; else one that is behind; else one that nobody has heard of; else
 *       (all are down) it stays where it is: a mistaken view must not cut it off.
 * [CG2] Away from a region that is down or behind: at once. To a nearer one: only if nearer by 20 % and 5 ms for three looks, and after
 *       30 s at the present one; back to the preferred one: after the same 30 s.
 * [CG3] Before anything was measured: in the order of the list, which is that of the prior.
 */
export interface RegionChoice {
  readonly name: string | null;
  readonly sinceMs: number;
  readonly challenger: string | null;
  readonly rounds: number;
}

export interface ChoiceStep {
  readonly choice: RegionChoice;
  /** Why it changed; null if it did not. */
  readonly reason: string | null;
}

export function noChoice(nowMs: number): RegionChoice {
  return { name: null, sinceMs: nowMs, challenger: null, rounds: 0 };
}

/** `isRound`: the regular look at the round trips; without it only what cannot wait is decided. */
export function chooseRegion(
  choice: RegionChoice,
  sights: readonly RegionSight[],
  preferred: string | null,
  isRound: boolean,
  nowMs: number,
  limits: ClientLimits,
): ChoiceStep {
  const current = sights.find(({ name }) => name === choice.name);
  const best = bestOf(sights, preferred);
  const stay = (more: Partial<RegionChoice> = {}): ChoiceStep => ({ choice: { ...choice, ...more }, reason: null });
  const move = (to: RegionSight, reason: string): ChoiceStep => ({
    choice: { ...noChoice(nowMs), name: to.name },
    reason,
  });
  if (best === null) return choice.name === null ? stay() : { choice: noChoice(nowMs), reason: "there is no region" };
  if (choice.name === null) return move(best, "first choice");
  if (current === undefined) return move(best, `${choice.name} is no longer a region`);
  if (best.name === current.name) return stay({ challenger: null, rounds: 0 });
  if (standing(best) < standing(current)) {
    return move(best, `${current.name} is ${current.state}${current.reason === null ? "" : `: ${current.reason}`}`);
  }
  if (!isRound || current.state !== "up") return stay();
  const gainMs = latency(current) - latency(best);
  const isBetter = gainMs >= limits.betterByMs && gainMs >= latency(current) * limits.betterByShare;
  if (best.name !== preferred && !isBetter) return stay({ challenger: null, rounds: 0 });
  const rounds = choice.challenger === best.name ? choice.rounds + 1 : 1;
  if (rounds < limits.betterForRounds || nowMs - choice.sinceMs < limits.dwellMs) {
    return stay({ challenger: best.name, rounds });
  }
  const why = best.name === preferred ? "is preferred and up again" : `is nearer by ${gainMs.toFixed(1)} ms`;
  return move(best, `${best.name} ${why}`);
}

/** Where else to try, best first: when a connection to the chosen one cannot be made. */
export function inOrder(sights: readonly RegionSight[], preferred: string | null): readonly RegionSight[] {
  const isPreferred = (one: RegionSight): number => (one.name === preferred ? 0 : 1);
  return sights.toSorted(
    (one, other) =>
      standing(one) - standing(other) || isPreferred(one) - isPreferred(other) || compare(latency(one), latency(other)),
  );
}

function bestOf(sights: readonly RegionSight[], preferred: string | null): RegionSight | null {
  return inOrder(sights, preferred)[0] ?? null;
}

function standing({ state }: RegionSight): number {
  return ["up", "behind", "unknown", "down"].indexOf(state);
}

const latency = ({ latencyMs }: RegionSight): number => latencyMs ?? Number.POSITIVE_INFINITY;

const compare = (one: number, other: number): number => (one === other ? 0 : one - other);
