import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** The text of a file below deploy/. */
export function deployText(path: string): string {
  return readFileSync(new URL(`../../../deploy/${path}`, import.meta.url), "utf8");
}

/** A YAML file below deploy/, with `<<` merged as compose does it. */
export function deployYaml(path: string): unknown {
  return parse(deployText(path), { merge: true });
}

export interface ComposeService {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export interface ProxyEntry {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
}

export const REGIONS = ["us-east", "eu-west", "ap-southeast"] as const;

export function readProxies(): readonly ProxyEntry[] {
  return JSON.parse(deployText("toxiproxy.json")) as readonly ProxyEntry[];
}

/** What the image sets by itself: the ENV lines of the Dockerfile. */
export function imageEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...deployText("Dockerfile").matchAll(/\b(ANTIPODE_[A-Z_]+)=(\S+)/gu)].map((match) => [match[1]!, match[2]!]),
  );
}

/** `${NAME:?why}` becomes a value made of the name, `${NAME:-fallback}` the fallback: as compose does with a bare `.env`. */
export function interpolate(text: string): string {
  return text.replaceAll(/\$\{([A-Z_]+):([?-])([^}]*)\}/gu, (_all, name: string, kind: string, rest: string) =>
    kind === "?" ? `given-${name.toLowerCase()}` : rest,
  );
}
