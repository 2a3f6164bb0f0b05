import { SettingError, type Setting } from "./setting.ts";
import {
  environmentName,
  readConfigurationFile,
  resolveSettings,
  type Resolved,
  type SettingTable,
} from "./resolve-settings.ts";

/** One of the programs behind `antipode`. */
export interface CliProgram {
  readonly name: string;
  readonly summary: string;
  readonly settings: SettingTable;
  /** Parses the words behind the program's name and runs it; answers the exit code. */
  readonly main: (words: readonly string[]) => Promise<number>;
}

/** Ties a table of settings to what is done with its values. `readAgain`: as they are now, the file having changed; throws SettingError. */
export function defineProgram<Table extends SettingTable>(
  name: string,
  summary: string,
  settings: Table,
  run: (values: Resolved<Table>, readAgain: () => Resolved<Table>) => Promise<number>,
): CliProgram {
  const read = (words: readonly string[]): Resolved<Table> => parseProgram(settings, words);
  return { name, summary, settings, main: (words) => run(read(words), () => read(words)) };
}

function parseProgram<Table extends SettingTable>(table: Table, words: readonly string[]): Resolved<Table> {
  const flags = parseFlags(table, words);
  const config = flags["config"]?.at(-1) ?? process.env["ANTIPODE_CONFIG"];
  const file = config === undefined || config === "" ? {} : readConfigurationFile(config);
  return resolveSettings(table, { flags, environment: process.env, file });
}

/** `--flag value`, `--flag=value`, `--switch`. */
export function parseFlags(table: SettingTable, words: readonly string[]): Record<string, string[]> {
  const byFlag = new Map(Object.values(table).map((setting) => [setting.flag, setting]));
  const flags: Record<string, string[]> = {};
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/su.exec(word);
    const setting = match === null ? undefined : byFlag.get(match[1]!);
    if (match === null || setting === undefined) {
      throw new SettingError(`${word} is not known; --help lists what is`);
    }
    let value = match[2];
    if (value === undefined && setting.argument !== "") {
      value = words[++index];
      if (value === undefined) throw new SettingError(`--${setting.flag} wants ${setting.argument}`);
    }
    (flags[setting.flag] ??= []).push(value ?? "");
  }
  return flags;
}

export function renderHelp(program: CliProgram): string {
  const rows = Object.values(program.settings).map((setting): [string, string] => [
    `  --${setting.flag}${setting.argument === "" ? "" : ` ${setting.argument}`}`,
    setting.summary + notes(setting),
  ]);
  const lines = rows.flatMap(([flag, text]) => [flag, ...wrap(text, 92).map((line) => `      ${line}`)]);
  return [
    `antipode ${program.name}: ${program.summary}`,
    "",
    `usage: antipode ${program.name} [flags]`,
    "",
    "Each flag is also an environment variable (--read-only-token: ANTIPODE_READ_ONLY_TOKEN) and a key of the",
    "configuration file; flags win over the environment, the environment over the file.",
    "",
    ...lines,
    "",
  ].join("\n");
}

function notes(setting: Setting<unknown>): string {
  const parts: string[] = [];
  if (setting.fallback !== undefined && setting.argument !== "") parts.push(`default ${setting.fallback}`);
  if (setting.repeatable === true) parts.push("repeatable");
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > width && line !== "") {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** The table of docs/configuration.md for one program. */
export function renderSettingsTable(program: CliProgram): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const rows = Object.values(program.settings).map(
    (setting) =>
      `| \`--${setting.flag}${setting.argument === "" ? "" : ` ${setting.argument}`}\`${setting.repeatable === true ? " (repeatable)" : ""} | ` +
      `\`${environmentName(setting.flag)}\` | ${setting.fallback === undefined ? "–" : `\`${setting.fallback}\``} | ${cell(setting.summary)} |`,
  );
  return [`| flag | environment | default | what it does |`, `| --- | --- | --- | --- |`, ...rows].join("\n");
}
