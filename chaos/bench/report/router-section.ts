import { perSecond, repeat, table } from "./markdown.ts";
import { newest, type ResultsFile } from "./results-file.ts";
import type { Section } from "./section.ts";

/** R1 to R3. */
export function routerSection(files: readonly ResultsFile[]): Section | null {
  const load = newest(files, ({ router }) => router?.load);
  const idle = newest(files, ({ router }) => router?.idle);
  const gaps = newest(files, ({ router }) => router?.gaps);
  const body: string[] = [];
  if (load !== null) {
    body.push(
      "R1, in front of one region: one connection for the time that is added, fifty for the rate.",
      table(
        ["door", "through", "p50 / p99", "added p50 / p99", "50 connections"],
        load.value.map(({ door, proxy, p50Ms, p99Ms, addedP50Ms, addedP99Ms, perSecond: rate }) => [
          door,
          proxy,
          `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms`,
          `${addedP50Ms.toFixed(2)} / ${addedP99Ms.toFixed(2)} ms`,
          perSecond(rate),
        ]),
      ),
      repeat("R1", ["rounds", "routerSeconds"], load.file),
    );
  }
  if (idle !== null) {
    body.push(
      "R2, memory of an idle connection.",
      table(
        ["door", "through", "a connection"],
        idle.value.map(({ door, proxy, bytesPerConnection }) => [
          door,
          proxy,
          `${(bytesPerConnection / 1024).toFixed(1)} KiB`,
        ]),
      ),
      repeat("R2", ["idleConnections"], idle.file),
    );
  }
  if (gaps !== null) {
    body.push(
      "R3, the longest time a client is without an answer.",
      table(
        ["fault", "door", "without an answer", "errors", "writes acknowledged"],
        gaps.value.map(({ fault, door, gapMs, errors, acknowledged }) => [
          fault,
          door,
          `${Math.round(gapMs)} ms`,
          errors,
          acknowledged,
        ]),
      ),
      repeat("R3", [], gaps.file),
    );
  }
  return body.length === 0 ? null : { title: "The router", body, plots: {} };
}
