import { ReplyError } from "../../../src/resp/reply-error.ts";
import type { Reply } from "../../../src/resp/reply.ts";
import type { Answer } from "./door.ts";
import { LEDGER_DB } from "./ledger.ts";
import { POLICY, type LimitCall } from "./limit-book.ts";
import type { Argv } from "./random-command.ts";
import type { LimitStep } from "./steps.ts";
import type { Place, World } from "./world.ts";

/** Milliseconds of one window of the policy, and how long a spend waits for rights, where time is as it is. */
const WINDOW_MS = 400;
const PATIENCE_MS = 60;

/** What clients do with limits. An operator keeps them from a region that does not know what it had done (`World.isBlind`). */
export function runLimitStep(world: World, step: LimitStep): void {
  const place = world.place(step.region);
  if (place.node.stage !== "ready" || world.isBlind(place)) return;
  switch (step.do) {
    case "policy":
      send(world, place, policyWords(world), "policy", () => {});
      return;
    case "take":
      take(world, place, step.key, step.amount);
      return;
    case "limit":
      useCounter(world, place, step);
  }
}

/** The same words everywhere, and so one definition. */
function policyWords({ profile }: World): Argv {
  const { names, taste } = profile;
  const each = Math.floor(POLICY.capacity / names.length);
  const shares = names.map((name, index) => [
    name,
    String(index === 0 ? POLICY.capacity - each * (names.length - 1) : each),
  ]);
  const words = [POLICY.name, String(POLICY.capacity), String(WINDOW_MS * taste.scale), "STRICT", "SHARES"];
  return ["LIMIT.POLICY", "SET", ...words, ...shares.flat()];
}

function take(world: World, place: Place, key: string, amount: number): void {
  const { clock } = place.node;
  const windowMs = WINDOW_MS * world.profile.taste.scale;
  const askedMs = clock.wallMs();
  send(world, place, ["LIMIT.TAKE", key, POLICY.name, String(amount)], "take", ({ dot }, reply) => {
    const [granted, , , , endsInMs] = reply as readonly number[];
    // It ran when it was asked: only its answer has waited.
    const window = Math.round((askedMs + endsInMs!) / windowMs) - 1;
    if (granted === 1) world.limits.taken.push({ key, window, amount, dot });
    world.tally.add(`limits/take ${granted === 1 ? "granted" : "not granted"}`);
  });
}

function useCounter(world: World, place: Place, step: Extract<LimitStep, { readonly do: "limit" }>): void {
  const { limit, deed, other } = step;
  const amount = String(step.amount);
  const patienceMs = String(PATIENCE_MS * world.profile.taste.scale);
  switch (deed) {
    case "mint":
      call(world, place, "mint", step.amount, limit, ["LIMIT.MINT", limit, amount]);
      return;
    case "spend":
      call(world, place, "spend", step.amount, limit, ["LIMIT.SPEND", limit, amount]);
      return;
    case "spend-wait":
      call(world, place, "spend", step.amount, limit, ["LIMIT.SPEND", limit, amount, "WAIT", patienceMs]);
      return;
    case "return": {
      // Clients give back what they were granted, once.
      const back = Math.min(step.amount, world.limits.outstanding(limit));
      if (back > 0) call(world, place, "return", back, limit, ["LIMIT.RETURN", limit, String(back)]);
      return;
    }
    case "move":
      send(world, place, ["LIMIT.MOVE", limit, other, amount], deed, () => {});
      return;
    case "reclaim":
      send(world, place, ["LIMIT.RECLAIM", limit, other], deed, () => {});
      // Whether or not it is heard of.
      world.limits.reclaimed.add(`${limit}/${other}`);
      return;
    case "left":
      send(world, place, ["LIMIT.LEFT", limit], deed, () => {});
      return;
    case "info":
      send(world, place, ["LIMIT.INFO", limit], deed, () => {});
  }
}

function call(world: World, place: Place, kind: LimitCall["kind"], amount: number, limit: string, argv: Argv): void {
  const { limits, ledger, tally } = world;
  const door = place.door!;
  const connection = door.connect(LEDGER_DB);
  const { incarnation } = place.node.keyspace;
  const call = limits.begin({ limit, kind, amount, region: place.node.name });
  const told = (dot: NonNullable<LimitCall["dot"]>): void => {
    call.dot = dot;
    ledger.told.push(dot);
  };
  door.sendTold(connection, argv, told, (answer) => {
    door.disconnect(connection);
    call.endedAt = limits.moment();
    const granted = grantOf(kind, answer);
    tally.add(`limits/${kind} ${granted}`);
    call.outcome = granted;
    if (granted !== "granted") return;
    // One that waited has run again since.
    if (answer.dot === null) call.dot = { origin: incarnation, sequence: connection.session.lastSequence };
    if (call.dot !== null) ledger.acknowledged.push(call.dot);
  });
}

function grantOf(kind: LimitCall["kind"], answer: Answer): LimitCall["outcome"] {
  if (answer.kind === "unknown") return "unknown";
  const { reply } = answer;
  if (reply instanceof ReplyError) return reply.code === "UNKNOWN" ? "unknown" : "refused";
  return kind !== "spend" || (reply as readonly number[])[0] === 1 ? "granted" : "refused";
}

/** `answered` hears of replies that are no errors. */
function send(
  world: World,
  place: Place,
  argv: Argv,
  deed: string,
  answered: (answer: Answer, reply: Reply) => void,
): void {
  const door = place.door!;
  const connection = door.connect(LEDGER_DB);
  const told = (dot: NonNullable<Answer["dot"]>): unknown => world.ledger.told.push(dot);
  door.sendTold(connection, argv, told, (answer) => {
    door.disconnect(connection);
    if (answer.kind === "unknown" || answer.reply instanceof ReplyError || answer.reply === undefined) return;
    if (answer.dot !== null) world.ledger.acknowledged.push(answer.dot);
    world.tally.add(`limits/${deed}`);
    answered(answer, answer.reply);
  });
}
