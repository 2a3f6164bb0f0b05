import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import { seededRandom } from "../../../src/base/random.ts";
import type { Answer, Connection, Door } from "./door.ts";
import { uniqueCommand, uniqueName } from "./observation.ts";
import type { Argv } from "./random-command.ts";
import type { ClientStep, LimitStep, LockStep, PairHow } from "./steps.ts";
import type { World } from "./world.ts";

type Of<Kind extends ClientStep["do"]> = Extract<ClientStep, { readonly do: Kind }>;

/** What travellers do, and what is done with limits and locks, is run elsewhere. */
type Elsewhere = Of<"travel"> | LimitStep | LockStep;

const PAIR_SCRIPT = "redis.call('SET',KEYS[1],ARGV[1]); redis.call('SET',KEYS[2],ARGV[1]); return 1";

/** What clients do that stay in one region. */
export function runClientStep(world: World, step: Exclude<ClientStep, Elsewhere> & { readonly seed: number }): void {
  const place = world.place(step.region);
  const { door } = place;
  if (door === null || !place.node.isUp) return;
  switch (step.do) {
    case "command":
    case "transaction": {
      const connection = place.connections[step.client]!;
      if (connection.isBusy) return;
      if (step.do === "command") sendCommand(world, door, connection, step);
      else sendTransaction(world, door, connection, step);
      return;
    }
    default: {
      const connection = world.ledgerConnection(place);
      if (connection !== null && place.node.stage === "ready") writeLedger(world, door, connection, step);
    }
  }
}

function sendCommand(
  world: World,
  door: Door,
  connection: Connection,
  { argv, seed }: Of<"command"> & { readonly seed: number },
): void {
  const words = resolved(argv, connection, door, seed);
  door.send(connection, words, (answer) => count(world, words, answer));
}

function sendTransaction(
  world: World,
  door: Door,
  connection: Connection,
  { watch, commands, seed }: Of<"transaction"> & { readonly seed: number },
): void {
  const words = commands.map((argv) => resolved(argv, connection, door, seed));
  const quiet = (): void => {};
  // Nothing here waits for the log: the commands are answered at once.
  if (watch.length > 0) door.send(connection, ["WATCH", ...watch], quiet);
  if (connection.isBusy) return;
  door.send(connection, ["MULTI"], quiet);
  for (const argv of words) door.send(connection, argv, quiet);
  door.send(connection, ["EXEC"], (answer) => count(world, ["EXEC"], answer));
}

function count(world: World, argv: Argv, answer: Answer): void {
  if (answer.kind === "unknown") {
    world.tally.add("clients/unknown");
    return;
  }
  if (answer.dot !== null) world.ledger.acknowledged.push(answer.dot);
  const isError = answer.reply instanceof ReplyError;
  world.tally.add(isError ? "clients/refused" : "clients/answered");
  if (!isError) world.tally.add(`commands/${argv[0]!.toLowerCase()}`);
}

/** Words that only the region knows: `@ID`, an entry of the stream; `@D key`, what DUMP answers. */
function resolved(argv: Argv, connection: Connection, door: Door, seed: number): Argv {
  const random = seededRandom(seed);
  const ask = (...words: string[]): Reply | undefined => {
    let reply: Reply | undefined;
    const isInside = connection.session.transaction !== null;
    if (!isInside && !connection.isBusy) reply = door.peek(words, connection.session.db);
    return reply;
  };
  return argv.map((word) => {
    if (word.startsWith("@D ")) {
      const dumped = ask("DUMP", word.slice(3));
      return typeof dumped === "string" ? dumped : "nothing";
    }
    if (word !== "@ID") return word;
    const entries = ask("XRANGE", argv[0]!.startsWith("XGROUP") ? argv[2]! : argv[1]!, "-", "+");
    const ids = Array.isArray(entries) ? entries.map((entry) => (entry as readonly string[])[0]!) : [];
    return ids.length === 0 ? "5-1" : ids[random.below(ids.length)]!;
  });
}

function writeLedger(
  world: World,
  door: Door,
  connection: Connection,
  step: Exclude<ClientStep, Of<"command"> | Of<"transaction"> | Elsewhere>,
): void {
  const { ledger, tally } = world;
  switch (step.do) {
    case "pair": {
      const [pair, value] = step.value.split(" ") as [string, string];
      const done = (answer: Answer): void => count(world, ["pair"], answer);
      sendPair(world, door, connection, step.how, pair, value, done);
      return;
    }
    case "count":
      door.sendTold(
        connection,
        ["INCRBY", step.counter, String(step.by)],
        (dot) => ledger.counts.push({ counter: step.counter, by: step.by, dot }),
        (answer) => count(world, ["count"], answer),
      );
      return;
    case "unique": {
      const name = uniqueName(step.how, step.value);
      writeUnique(world, door, connection, name, step.how, uniqueCommand(step.how, step.value), step.value);
      return;
    }
    case "follow": {
      if (door.peek(["GET", step.cause], connection.session.db) === null) return;
      const name = uniqueName("follow", step.effect);
      ledger.causes.set(name, step.cause);
      tally.add("clients/followed");
      writeUnique(world, door, connection, name, "follow", ["SET", name, step.effect], step.effect);
    }
  }
}

function writeUnique(
  world: World,
  door: Door,
  connection: Connection,
  name: string,
  how: Of<"unique">["how"] | "follow",
  argv: Argv,
  value: string,
): void {
  const told = (dot: { readonly origin: string; readonly sequence: number }): void =>
    world.ledger.wrote(name, { how, value, dot });
  door.sendTold(connection, argv, told, (answer) => {
    count(world, [how], answer);
    if (answer.kind === "reply" && answer.dot !== null) world.ledger.promised(name);
  });
}

function sendPair(
  world: World,
  door: Door,
  connection: Connection,
  how: PairHow,
  pair: string,
  value: string,
  done: (answer: Answer) => void,
): void {
  const both: readonly Argv[] = [
    ["SET", `${pair}:x`, value],
    ["SET", `${pair}:y`, value],
  ];
  switch (how) {
    case "multi":
      door.sendAtomic(connection, both, done);
      return;
    case "script":
      if (world.profile.taste.scripts) {
        door.send(connection, ["EVAL", PAIR_SCRIPT, "2", `${pair}:x`, `${pair}:y`, value], done);
        return;
      }
      door.send(connection, ["MSET", `${pair}:x`, value, `${pair}:y`, value], done);
      return;
    case "mset":
      door.send(connection, ["MSET", `${pair}:x`, value, `${pair}:y`, value], done);
      return;
    case "hashes":
      door.sendAtomic(
        connection,
        [
          ["HSET", `${pair}:hx`, "f", value],
          ["HSET", `${pair}:hy`, "f", value],
        ],
        done,
      );
  }
}
