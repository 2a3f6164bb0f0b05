import { MapReply, VerbatimReply, type Reply } from "../../resp/reply.ts";
import type { CommandInfo } from "../command-meta.ts";
import type { CommandCount } from "../command-statistics.ts";
import {
  defineContainer,
  defineSessionCommand,
  LOCAL_ONLY,
  type Command,
  type SessionDefinition,
} from "../define-command.ts";
import type { LatencyEvent } from "../latency-monitor.ts";
import { noLatencySamples } from "../refusals.ts";
import { defineHelp } from "./help-reply.ts";

/** LATENCY: what took long in this region, of which `latency-monitor-threshold` decides; and how long commands take. */

type Shape<Request> = Pick<
  SessionDefinition<Request>,
  "name" | "since" | "arity" | "syntax" | "summary" | "parse" | "run"
>;

function defineLatency<Request>(shape: Shape<Request>): Command {
  return defineSessionCommand<Request>({
    ...shape,
    group: "server",
    flags: ["admin", "noscript", "loading", "stale"],
    complexity: "O(N) in the samples answered",
    convergence: LOCAL_ONLY,
  });
}

const OFF_ADVICE =
  "Latency monitoring is off: nothing is sampled. CONFIG SET latency-monitor-threshold <milliseconds> turns it on.\n";

const doctor = defineLatency({
  name: "LATENCY DOCTOR",
  since: "2.8.13",
  arity: 2,
  syntax: "",
  summary: "Answers in prose what was slow.",
  parse: () => null,
  run({ server: { latency } }) {
    const events = latency.events();
    if (latency.thresholdMs === 0 && events.length === 0) return new VerbatimReply("txt", OFF_ADVICE);
    if (events.length === 0) return new VerbatimReply("txt", "Nothing was slower than the threshold.\n");
    const lines = events.map(({ name, samples, maxMs }) => {
      const mean = samples.reduce((sum, { ms }) => sum + ms, 0) / samples.length;
      return `${name}: ${samples.length} spikes, ${mean.toFixed(0)} ms on average, ${maxMs} ms the worst.`;
    });
    return new VerbatimReply("txt", `${lines.join("\n")}\nSLOWLOG GET names the commands; /metrics has the rest.\n`);
  },
});

const graph = defineLatency({
  name: "LATENCY GRAPH",
  since: "2.8.13",
  arity: 3,
  syntax: "event",
  summary: "Draws the samples of an event.",
  parse: (args) => args[0]!,
  run({ server: { latency, clock } }, name) {
    const event = latency.find(name);
    if (event === null) throw noLatencySamples(name);
    return new VerbatimReply("txt", draw(event, Math.floor(clock.wallMs() / 1000)));
  },
});

const ROWS = 4;

/** A bar a sample, the newest on the right, with its age under it. */
function draw({ name, samples, maxMs }: LatencyEvent, nowS: number): string {
  const lowest = Math.min(...samples.map(({ ms }) => ms));
  const height = (ms: number): number =>
    maxMs === lowest ? ROWS : 1 + Math.round(((ms - lowest) / (maxMs - lowest)) * (ROWS - 1));
  const lines = [`${name} - high ${maxMs} ms, low ${lowest} ms (all time high ${maxMs} ms)`, "-".repeat(80)];
  for (let row = ROWS; row > 0; row--) lines.push(samples.map(({ ms }) => (height(ms) >= row ? "#" : " ")).join(""));
  const ages = samples.map(({ atS }) => age(nowS - atS));
  const width = Math.max(...ages.map((text) => text.length));
  lines.push("");
  for (let index = 0; index < width; index++) lines.push(ages.map((text) => text[index] ?? " ").join(""));
  return `${lines.join("\n")}\n`;
}

function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

const history = defineLatency({
  name: "LATENCY HISTORY",
  since: "2.8.13",
  arity: 3,
  syntax: "event",
  summary: "Answers the samples of an event: second and milliseconds.",
  parse: (args) => args[0]!,
  run: ({ server }, name): Reply => (server.latency.find(name)?.samples ?? []).map(({ atS, ms }) => [atS, ms]),
});

const latest = defineLatency({
  name: "LATENCY LATEST",
  since: "2.8.13",
  arity: 2,
  syntax: "",
  summary: "Answers each event with its last sample and its worst.",
  parse: () => null,
  run: ({ server }): Reply =>
    server.latency.events().map(({ name, samples, maxMs }) => {
      const { atS, ms } = samples.at(-1)!;
      return [name, atS, ms, maxMs];
    }),
});

const reset = defineLatency({
  name: "LATENCY RESET",
  since: "2.8.13",
  arity: -2,
  syntax: "[event ...]",
  summary: "Forgets the samples of events, or all; answers of how many.",
  parse: (args) => args,
  run: ({ server }, names) => server.latency.reset(names),
});

const histogram = defineLatency({
  name: "LATENCY HISTOGRAM",
  since: "7.0.0",
  arity: -2,
  syntax: "[command ...]",
  summary: "Answers how long calls of commands took, in microseconds, cumulated by powers of two.",
  parse: (args) => args.map((word) => word.toLowerCase()),
  run({ server }, names): Reply {
    const isWanted = ({ fullName }: CommandInfo): boolean =>
      names.length === 0 || names.some((name) => fullName === name || fullName.startsWith(`${name}|`));
    const counted = [...server.statistics.commands()].filter(
      ([command, { histogram: its }]) => its.calls > 0 && isWanted(command),
    );
    return new MapReply(counted.map(([{ fullName }, count]) => [fullName, describe(count)]));
  },
});

function describe({ histogram: its }: CommandCount): Reply {
  return new MapReply([
    ["calls", its.calls],
    ["histogram_usec", new MapReply(its.cumulative())],
  ]);
}

const SUBCOMMANDS = [doctor, graph, histogram, history, latest, reset];

export const latency = defineContainer({
  name: "LATENCY",
  group: "server",
  since: "2.8.13",
  summary: "What took long, and how long commands take.",
  complexity: "See its subcommands",
  subcommands: [...SUBCOMMANDS, defineHelp("LATENCY", "server", "2.8.13", SUBCOMMANDS)],
});
