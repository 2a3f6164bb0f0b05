import { BuiltInLinks } from "./built-in-links.ts";
import { buildToxiproxy, findToxiproxy } from "./find-toxiproxy.ts";
import { LinkError, type Links } from "./link.ts";
import { ToxiproxyLinks } from "./toxiproxy-links.ts";

const LINK_CHOICES = ["auto", "toxiproxy", "built-in"] as const;
/** `auto` takes a toxiproxy server where one is found or can be built, and the built-in proxy where not. */
export type LinkChoice = (typeof LINK_CHOICES)[number];

export interface LinksWanted {
  readonly choice: LinkChoice;
  /** Directories below which `npm run toxiproxy` may have built the server; the first can build it. */
  readonly projectDirs: readonly string[];
  /** Whether to build a server that is not found. */
  readonly mayBuild: boolean;
  readonly seed: number;
  readonly onNote: (line: string) => void;
}

/** Throws LinkError where toxiproxy is demanded and cannot be had. */
export async function openLinks(wanted: LinksWanted): Promise<Links> {
  if (wanted.choice === "built-in") return new BuiltInLinks(wanted.seed);
  let source = wanted.projectDirs.map((dir) => findToxiproxy(dir)).find((found) => found !== null) ?? null;
  let why = "there is none at TOXIPROXY_URL, on PATH or in .cache/toxiproxy";
  if (source === null && wanted.mayBuild) {
    wanted.onNote("no toxiproxy server found; building the pinned one …");
    ({ source, why } = await buildToxiproxy(wanted.projectDirs[0]!));
  }
  if (source !== null) return ToxiproxyLinks.connect(source);
  if (wanted.choice === "toxiproxy") throw new LinkError(`no toxiproxy server: ${why}`);
  wanted.onNote(`the built-in proxy stands in for toxiproxy: ${why}`);
  return new BuiltInLinks(wanted.seed);
}
