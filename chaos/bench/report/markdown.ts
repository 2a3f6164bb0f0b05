import type { ResultsFile } from "./results-file.ts";

type Cell = string | number;

export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Thousands apart, no decimals. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export const perSecond = (value: number): string => `${whole(value)}/s`;
export const mebibytes = (bytes: number): string => `${whole(bytes / 2 ** 20)} MiB`;
export const yesOrNo = (isMet: boolean): string => (isMet ? "yes" : "no");

/** The command that takes these works once more, with the settings that a file was taken with. */
export function repeat(works: string, settings: readonly string[], { flags, rounds }: ResultsFile): string {
  const known: Readonly<Record<string, unknown>> = { rounds, ...flags };
  const words = settings
    .filter((name) => known[name] !== undefined)
    .map((name) => `--${kebab(name)} ${String(known[name])}`);
  return `Again: \`${["npm run bench -- --works", works, ...words].join(" ")}\``;
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}
