/**
 * What a delete means for a key: an operator's setting by prefix, decided at the delete's origin and carried by it, so that regions
 * with different settings do not diverge.
 *
 * - update-wins: a delete removes what it had observed, and nothing else (observed-remove).
 * - delete-wins: it also removes what is concurrent to it; a write whose origin had seen it starts anew.
 * - delete-final: as delete-wins, and later writes to that key are refused until the marker lapses.
 */
export const KEY_CLASSES = ["update-wins", "delete-wins", "delete-final"] as const;
export type KeyClass = (typeof KEY_CLASSES)[number];

export interface ClassRule {
  /** The keys it is for begin with this. */
  readonly prefix: string;
  readonly keyClass: KeyClass;
  /** How long a final delete holds: the longest life of a session, milliseconds. */
  readonly lapseMs: number;
}

/** The rule with the longest prefix that fits; null when none does: update-wins. */
export function ruleFor<Rule extends { readonly prefix: string }>(rules: readonly Rule[], key: string): Rule | null {
  let best: Rule | null = null;
  for (const rule of rules) {
    if (key.startsWith(rule.prefix) && (best === null || rule.prefix.length > best.prefix.length)) best = rule;
  }
  return best;
}
