import type { BinaryString } from "../base/bytes.ts";
import type { CommandInfo } from "./command-meta.ts";
import { isWord } from "./words.ts";

/** What stands for a secret in SLOWLOG and MONITOR: Redis' own word. */
const REDACTED = "(redacted)";
const SECRET_SETTINGS: ReadonlySet<string> = new Set([
  "requirepass",
  "masterauth",
  "masteruser",
  "tls-key-file-pass",
  "tls-client-key-file-pass",
]);
/** From which word on everything is secret. */
const SECRET_FROM: Readonly<Record<string, number>> = {
  auth: 1,
  "acl|setuser": 2,
  "acl|getuser": 2,
  "acl|deluser": 2,
  "acl|resttoken": 2,
};

/** A call's words as others may see them: without passwords. */
export function redacted(command: CommandInfo, argv: readonly BinaryString[]): readonly BinaryString[] {
  const from = SECRET_FROM[command.fullName];
  if (from !== undefined) return argv.map((word, index) => (index < from ? word : REDACTED));
  if (command.fullName === "hello") {
    const at = argv.findIndex((word) => isWord(word, "AUTH"));
    return at < 0 ? argv : argv.map((word, index) => (index === at + 1 || index === at + 2 ? REDACTED : word));
  }
  if (command.fullName !== "config|set") return argv;
  const isSecret = (index: number): boolean =>
    index > 2 && index % 2 === 1 && SECRET_SETTINGS.has(argv[index - 1]!.toLowerCase());
  return argv.map((word, index) => (isSecret(index) ? REDACTED : word));
}
