import { readFileSync } from "node:fs";
import { SettingError, type Setting } from "./setting.ts";

/** A program's settings by the name its code uses. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The parsed values of a table: arrays where repeatable, undefined where nothing was said and there is no fallback. */
export type Resolved<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends { readonly repeatable: true }
    ? readonly ReturnType<Table[Name]["parse"]>[]
    : Table[Name] extends { readonly fallback: string }
      ? ReturnType<Table[Name]["parse"]>
      : ReturnType<Table[Name]["parse"]> | undefined;
};

export interface Sources {
  /** By flag name; one text per occurrence. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** By flag name. */
  readonly file: Readonly<Record<string, readonly string[]>>;
}

export function environmentName(flag: string): string {
  return `ANTIPODE_${flag.toUpperCase().replaceAll("-", "_")}`;
}

/** Flags, then environment, then file, then fallback. Throws SettingError naming where the bad value came from. */
export function resolveSettings<Table extends SettingTable>(table: Table, sources: Sources): Resolved<Table> {
  const resolved: Record<string, unknown> = {};
  const known = new Set(Object.values(table).map((setting) => setting.flag));
  for (const key of Object.keys(sources.file)) {
    if (!known.has(key)) throw new SettingError(`configuration file: unknown setting "${key}"`);
  }
  for (const [name, setting] of Object.entries(table)) {
    const { texts, from } = textsOf(setting, sources);
    const values = texts.map((text) => parseNamed(setting, text, from));
    resolved[name] = setting.repeatable === true ? values : values.at(-1);
  }
  return resolved as Resolved<Table>;
}

function textsOf(
  setting: Setting<unknown>,
  sources: Sources,
): { readonly texts: readonly string[]; readonly from: string } {
  const flags = sources.flags[setting.flag];
  if (flags !== undefined) return { texts: flags, from: `--${setting.flag}` };
  const variable = environmentName(setting.flag);
  const text = sources.environment[variable];
  if (text !== undefined && text !== "") {
    return { texts: setting.repeatable === true ? splitRepeated(text) : [text], from: variable };
  }
  const file = sources.file[setting.flag];
  if (file !== undefined) return { texts: file, from: `configuration file: ${setting.flag}` };
  return { texts: setting.fallback === undefined ? [] : [setting.fallback], from: `--${setting.flag}` };
}

/** `a=x,b=y`: a comma separates where a new NAME= follows, so that a value may hold commas. */
function splitRepeated(text: string): readonly string[] {
  return text.includes("=") ? text.split(/,(?=[A-Za-z0-9:._-]+=)/u) : text.split(",");
}

function parseNamed(setting: Setting<unknown>, text: string, from: string): unknown {
  try {
    return setting.parse(text);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new SettingError(setting.secret === true ? `${from}: refused` : `${from} ${error.message}`);
  }
}

/** Reads a JSON object of settings: strings, numbers, booleans, or arrays of them for repeatable ones. */
export function readConfigurationFile(path: string): Sources["file"] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new SettingError(`--config ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new SettingError(`--config ${path}: wants a JSON object of settings`);
  }
  return Object.fromEntries(
    Object.entries(parsed).map(([key, value]) => {
      const items: readonly unknown[] = Array.isArray(value) ? value : [value];
      if (!items.every((item) => ["string", "number", "boolean"].includes(typeof item))) {
        throw new SettingError(`--config ${path}: "${key}" wants a string, a number, a boolean or a list of them`);
      }
      return [key, items.map(String)];
    }),
  );
}
