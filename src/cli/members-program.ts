import { defineProgram, type CliProgram } from "./program.ts";
import { parseRegionName } from "./node-settings.ts";
import { parseHostPort, parseText, SettingError, type Setting } from "./setting.ts";

const ADMIN = {
  flag: "admin",
  argument: "HOST:PORT",
  summary: "Admin address of a region that stays.",
  fallback: "127.0.0.1:9079",
  parse: parseHostPort,
} as const satisfies Setting<unknown>;

const REGION = {
  flag: "region",
  argument: "NAME",
  summary: "The region that is meant.",
  parse: parseRegionName,
} as const satisfies Setting<unknown>;

const URL_SETTING = {
  flag: "url",
  argument: "ws://HOST:PORT",
  summary: "Where the gossip address of the new region is, as the others reach it.",
  parse: parseText,
} as const satisfies Setting<unknown>;

/** One member as the admin door shows it. */
export interface ShownMember {
  readonly region: string;
  readonly state: string;
  readonly url: string | null;
  readonly frontier: Readonly<Record<string, number>> | null;
  readonly awaited: readonly string[];
  readonly isGone: boolean;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Asks a region's admin door. Throws SettingError with its refusal. */
export async function askMembers(
  { host, port }: Address,
  path = "/members",
  body?: unknown,
): Promise<readonly ShownMember[]> {
  const init =
    body === undefined
      ? {}
      : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response: Response;
  try {
    response = await fetch(`http://${host}:${port}${path}`, init);
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly message?: string } };
    throw new SettingError(`${host}:${port} does not answer: ${cause?.message ?? String(error)}`);
  }
  const answer = (await response.json()) as readonly ShownMember[] | { readonly error?: string };
  if (!response.ok || !Array.isArray(answer)) {
    throw new SettingError(
      (answer as { readonly error?: string }).error ?? `${host}:${port} answers ${response.status}`,
    );
  }
  return answer as readonly ShownMember[];
}

/** One line a member. */
export function renderMembers(members: readonly ShownMember[]): string {
  const lines = members.map(({ region, state, url, awaited, isGone }) => {
    const left = awaited.length > 0 ? `waits for the word of ${awaited.join(", ")}` : isGone ? "gone" : "";
    return [region.padEnd(20), state.padEnd(8), left === "" ? (url ?? "as the flags say") : left].join("  ");
  });
  return `${lines.join("\n")}\n`;
}

export const MEMBERS_PROGRAM = defineProgram(
  "admin members",
  "shows who is, was or becomes a member.",
  { admin: ADMIN },
  async ({ admin }) => {
    process.stdout.write(renderMembers(await askMembers(admin)));
    return 0;
  },
);

export const ADD_PROGRAM = defineProgram(
  "admin add",
  "adds a region: it catches up, and serves clients once every region knows of it.",
  { admin: ADMIN, region: REGION, url: URL_SETTING },
  async ({ admin, region, url }) => {
    if (region === undefined || url === undefined) throw new SettingError("--region and --url are needed");
    process.stdout.write(renderMembers(await askMembers(admin, "/members/add", { region, url })));
    return 0;
  },
);

export const REMOVE_PROGRAM = orderProgram(
  "remove",
  "removes a region that runs: it takes no more writes, hands over what it has, and is gone.",
);

export const EVICT_PROGRAM = orderProgram(
  "evict",
  "puts out a region that is dead: what any other has of it stays, what nobody has is not merged when it returns.",
);

function orderProgram(order: "remove" | "evict", summary: string): CliProgram {
  return defineProgram(`admin ${order}`, summary, { admin: ADMIN, region: REGION }, async ({ admin, region }) => {
    if (region === undefined) throw new SettingError("--region is needed");
    process.stdout.write(renderMembers(await askMembers(admin, `/members/${order}`, { region })));
    return 0;
  });
}
