import type { BenchNode } from "./bench-node.ts";
import { drive, type Driven } from "./drive.ts";

/** SETs of so many bytes, each key once, over `clients` connections that each wait for their answer. */
export function driveSets({ port }: BenchNode, clients: number, count: number, valueBytes: number): Promise<Driven> {
  return drive(port, clients, count, (index) => ["SET", `key:${index}`, valueOf(index, valueBytes)]);
}

/** Letters without a pattern, the same in every run: xorshift32. */
export function valueOf(index: number, bytes: number): string {
  let state = (index + 1) * 2_654_435_761;
  let text = "";
  while (text.length < bytes) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    text += (state >>> 0).toString(36);
  }
  return text.slice(0, bytes);
}
