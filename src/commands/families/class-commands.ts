import type { BinaryString } from "../../base/bytes.ts";
import { KEY_CLASSES, type KeyClass } from "../../crdt/key-class.ts";
import { SYSTEM_DATABASE } from "../../crdt/operations/operation-kind.ts";
import { CLASSES_KEY, DEFAULT_LAPSE_MS, encodeClassRule } from "../../keyspace/key-classes.ts";
import { OK } from "../../resp/reply.ts";
import { defineCommand, READS_LOCALLY } from "../define-command.ts";
import { BAD_CLASS, BAD_LAPSE, SYNTAX_ERROR } from "../refusals.ts";
import { clampedIntegerWord, isWord } from "../words.ts";

/** Classes of keys, by prefix: what a delete means for them (rows R1–R4). Data of the database: set once, known everywhere. */

/** A year: no session lives longer. */
const LAPSE_MS_MAX = 31_536_000_000;

const SETTING =
  "H3: of two operators who set one prefix at once the later holds; each delete carries the class that its region knew (R1–R4).";

interface SetClassRequest {
  readonly prefix: BinaryString;
  readonly keyClass: KeyClass;
  readonly lapseMs: number;
}

export const antipodeSetClass = defineCommand<SetClassRequest>({
  name: "ANTIPODE SETCLASS",
  group: "antipode",
  since: "0.2.0",
  arity: -4,
  flags: ["write", "admin"],
  syntax: "prefix <update-wins | delete-wins | delete-final> [LAPSE milliseconds]",
  summary: "Sets what a delete means for the keys that begin with the prefix; the longest prefix decides.",
  complexity: "O(1)",
  convergence: SETTING,
  parse(args) {
    const [prefix, name, option, lapse] = args;
    const keyClass = KEY_CLASSES.find((one) => one === name!.toLowerCase());
    if (keyClass === undefined) throw BAD_CLASS;
    if (args.length === 2) return { prefix: prefix!, keyClass, lapseMs: DEFAULT_LAPSE_MS };
    if (args.length !== 4 || !isWord(option, "LAPSE")) throw SYNTAX_ERROR;
    const lapseMs = clampedIntegerWord(lapse!, BAD_LAPSE);
    if (lapseMs < 1 || lapseMs > LAPSE_MS_MAX) throw BAD_LAPSE;
    return { prefix: prefix!, keyClass, lapseMs };
  },
  run(tx, { prefix, keyClass, lapseMs }) {
    tx.use(SYSTEM_DATABASE);
    tx.hashes.put(CLASSES_KEY, [prefix, encodeClassRule(keyClass, lapseMs)]);
    return OK;
  },
});

export const antipodeUnsetClass = defineCommand({
  name: "ANTIPODE UNSETCLASS",
  group: "antipode",
  since: "0.2.0",
  arity: 3,
  flags: ["write", "admin"],
  syntax: "prefix",
  summary: "Forgets the class set for the prefix: the default holds again. Answers whether there was one.",
  complexity: "O(1)",
  convergence: SETTING,
  parse: (args) => args[0]!,
  run(tx, prefix) {
    tx.use(SYSTEM_DATABASE);
    if (tx.hashes.get(CLASSES_KEY)?.has(prefix) !== true) return 0;
    tx.hashes.remove(CLASSES_KEY, [prefix]);
    return 1;
  },
});

export const antipodeClasses = defineCommand({
  name: "ANTIPODE CLASSES",
  group: "antipode",
  since: "0.2.0",
  arity: 2,
  flags: ["readonly"],
  syntax: "",
  summary: "Answers every prefix with its class and the milliseconds until a final delete lapses.",
  complexity: "O(N) in the number of prefixes",
  convergence: READS_LOCALLY,
  parse: () => null,
  run: (tx) => tx.revocations.rules().map(({ prefix, keyClass, lapseMs }) => [prefix, keyClass, lapseMs]),
});
