/**
 * Classes of keyspace events, and the letters of `notify-keyspace-events` that switch them on: a subset of the classes, and K or
 * E or both for the two kinds of channels.
 */
export const EVENT_CLASSES = {
  generic: "g",
  string: "$",
  list: "l",
  set: "s",
  hash: "h",
  zset: "z",
  expired: "x",
  evicted: "e",
  stream: "t",
  module: "d",
  new: "n",
  miss: "m",
} as const;
export type EventClass = keyof typeof EVENT_CLASSES;

/** What A stands for: all but `new` and `miss`, which come with nearly every command. */
const ALL = "g$lshzxetd";
/** The order in which Redis answers them. */
const ANSWERED = `${ALL}n`;

export interface EventSettings {
  /** Channels `__keyspace@DB__:KEY`, whose messages are events. */
  readonly byKey: boolean;
  /** Channels `__keyevent@DB__:EVENT`, whose messages are keys. */
  readonly byEvent: boolean;
  readonly classes: ReadonlySet<EventClass>;
}

/** Null when a letter is none of them. */
export function parseEventSettings(letters: string): EventSettings | null {
  const wanted = new Set<string>();
  for (const letter of letters) {
    if (letter === "A") for (const one of ALL) wanted.add(one);
    else if (letter === "K" || letter === "E" || letter === "m" || ANSWERED.includes(letter)) wanted.add(letter);
    else return null;
  }
  const names = Object.keys(EVENT_CLASSES) as EventClass[];
  const classes = new Set(names.filter((name) => wanted.has(EVENT_CLASSES[name])));
  return { byKey: wanted.has("K"), byEvent: wanted.has("E"), classes };
}

/** The letters as CONFIG GET answers them. */
export function eventLetters({ byKey, byEvent, classes }: EventSettings): string {
  const on = new Set<string>([...classes].map((name) => EVENT_CLASSES[name]));
  const isAll = Array.from(ALL).every((letter) => on.has(letter));
  const letters = Array.from(ANSWERED)
    .filter((letter) => on.has(letter))
    .join("");
  return `${isAll ? letters.replace(ALL, "A") : letters}${byKey ? "K" : ""}${byEvent ? "E" : ""}${on.has("m") ? "m" : ""}`;
}
