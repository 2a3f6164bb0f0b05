import type { BinaryString } from "../../base/bytes.ts";
import type { ClientSession } from "../client-session.ts";
import { BAD_CLIENT_ID, CLIENT_ID_TOO_SMALL, SYNTAX_ERROR, unknownClientType } from "../refusals.ts";
import { clampedIntegerWord, integerWord, isWord } from "../words.ts";

/** Which clients CLIENT LIST and CLIENT KILL mean. */

/** Clients here are normal ones or subscribers: the other types are known and match nobody. */
const CLIENT_TYPES: ReadonlySet<string> = new Set(["normal", "master", "replica", "slave", "pubsub"]);

function isOfType(session: ClientSession, type: string): boolean {
  return type === (session.subscriptions === null ? "normal" : "pubsub");
}

function clientType(word: BinaryString): string {
  const type = word.toLowerCase();
  if (!CLIENT_TYPES.has(type)) throw unknownClientType(word);
  return type;
}

export type ClientFilter = (session: ClientSession) => boolean;

/** Arguments of CLIENT LIST. */
export function listFilter(args: readonly BinaryString[]): ClientFilter {
  if (args.length === 0) return () => true;
  if (args.length === 2 && isWord(args[0], "TYPE")) {
    const type = clientType(args[1]!);
    return (session) => isOfType(session, type);
  }
  if (args.length > 1 && isWord(args[0], "ID")) {
    const ids = new Set(args.slice(1).map((word) => integerWord(word, BAD_CLIENT_ID)));
    return (session) => ids.has(session.id);
  }
  throw SYNTAX_ERROR;
}

export interface KillRequest {
  readonly filter: ClientFilter;
  readonly skipMe: boolean;
  /** `CLIENT KILL host:port`: one client, or an error. */
  readonly single: boolean;
  /** Whose connections, when the request names a user: one that is not there is an error. */
  readonly user: BinaryString | null;
}

/** Arguments of CLIENT KILL. `nowMs` is asked when the filter is. */
export function killRequest(args: readonly BinaryString[]): KillRequest {
  if (args.length === 1)
    return { filter: (session) => session.address === args[0], skipMe: false, single: true, user: null };
  if (args.length % 2 !== 0) throw SYNTAX_ERROR;
  const filters: ClientFilter[] = [];
  let skipMe = true;
  let user: BinaryString | null = null;
  for (let index = 0; index < args.length; index += 2) {
    const value = args[index + 1]!;
    switch (args[index]!.toUpperCase()) {
      case "ID": {
        const id = clampedIntegerWord(value, CLIENT_ID_TOO_SMALL);
        if (id < 1) throw CLIENT_ID_TOO_SMALL;
        filters.push((session) => session.id === id);
        break;
      }
      case "TYPE": {
        const type = clientType(value);
        filters.push((session) => isOfType(session, type));
        break;
      }
      case "ADDR":
        filters.push((session) => session.address === value);
        break;
      case "LADDR":
        filters.push((session) => session.localAddress === value);
        break;
      case "USER":
        user = value;
        filters.push((session) => session.user.name === value);
        break;
      case "SKIPME":
        if (!isWord(value, "YES") && !isWord(value, "NO")) throw SYNTAX_ERROR;
        skipMe = isWord(value, "YES");
        break;
      default:
        throw SYNTAX_ERROR;
    }
  }
  return { filter: (session) => filters.every((matches) => matches(session)), skipMe, single: false, user };
}
