import type { FinalLine, OpLine } from "../record/lines.ts";
import { elementsOf, shownBy } from "./effects.ts";
import { finding, type Finding } from "./finding.ts";
import type { History } from "./history.ts";

/** K2: both keys of a pair are only ever written together, with one value. Whoever sees two different values has seen half a transaction. */
export function findHalfTransactions(history: History): readonly Finding[] {
  const findings: Finding[] = [];
  const pairs = new Map<string, readonly [string, string]>();
  for (const line of history.record.ops) {
    if (line.op.kind === "pair.set") pairs.set(line.op.keys.join("\u0000"), line.op.keys);
    if (line.op.kind !== "pair.read") continue;
    const shown = shownBy(line).map(([, elements]) => elements.get("") ?? null);
    if (shown.length < 2 || shown[0] === shown[1]) continue;
    findings.push(
      finding({
        kind: "half-transaction",
        when: "during",
        title: `${line.op.keys.join(" and ")} showed ${shown.map((value) => value ?? "nothing").join(" and ")} to one read in ${line.regionServed ?? "an unknown region"}`,
        key: line.op.keys[0],
        region: line.regionServed,
        ops: [line.id],
        story: history.tell([...writersOf(history, line.op.keys[0], shown), line], null),
      }),
    );
  }
  // Survivors were read key by key while others still wrote.
  const healed = history.record.finals.filter(({ without }) => without === null);
  const finals = new Map<string, FinalLine>(healed.map((line) => [`${line.region}\u0000${line.key}`, line]));
  for (const line of healed) {
    for (const keys of pairs.values()) {
      if (keys[0] !== line.key) continue;
      const other = finals.get(`${line.region}\u0000${keys[1]}`);
      if (other === undefined) continue;
      const shown = [line, other].map((each) => elementsOf(each.shown).get("") ?? null);
      if (shown[0] === shown[1]) continue;
      findings.push(
        finding({
          kind: "half-transaction",
          when: "healed",
          title: `${keys.join(" and ")} show ${shown.map((value) => value ?? "nothing").join(" and ")} in ${line.region} at the end`,
          key: line.key,
          region: line.region,
          ops: writersOf(history, keys[0], shown).map(({ id }) => id),
          story: history.tell(writersOf(history, keys[0], shown), null),
        }),
      );
    }
  }
  return findings;
}

function writersOf(history: History, key: string, values: readonly (string | null)[]): readonly OpLine[] {
  return values.flatMap((value) => (value === null ? [] : history.writersOf(key, "", value).map(({ line }) => line)));
}
