import type { lookup } from "node:dns";
import { describe, expect, it } from "vitest";
import { sharedLookup } from "../../../src/sockets/shared-lookup.ts";

describe("sharedLookup", () => {
  const options = { all: true } as const;

  function withResolver(): { readonly ask: (name: string) => string[]; readonly answers: (() => void)[] } {
    const answers: (() => void)[] = [];
    const resolve = (name: string, _options: unknown, told: (error: null, address: string) => void): void => {
      answers.push(() => told(null, `${name} is here`));
    };
    const shared = sharedLookup(resolve as unknown as typeof lookup);
    const ask = (name: string): string[] => {
      const heard: string[] = [];
      shared(name, options, (_error, address) => heard.push(address as string));
      return heard;
    };
    return { ask, answers };
  }

  it("asks once for all who wait for the same name, and tells each", () => {
    const { ask, answers } = withResolver();
    const heard = [ask("one"), ask("one"), ask("two"), ask("one")];
    expect(answers).toHaveLength(2);
    for (const answer of answers) answer();
    expect(heard.flat()).toEqual(["one is here", "one is here", "two is here", "one is here"]);
  });

  it("asks again when the last was answered", () => {
    const { ask, answers } = withResolver();
    ask("one");
    answers[0]!();
    ask("one");
    expect(answers).toHaveLength(2);
  });

  it("is what a socket takes: a real name, and one that does not exist", async () => {
    const shared = sharedLookup();
    const of = (name: string): Promise<unknown> =>
      new Promise((resolve) => shared(name, options, (error, address) => resolve(error?.code ?? address)));
    expect(await of("localhost")).toContainEqual(expect.objectContaining({ address: expect.any(String) as string }));
    expect(await of("no-such-host.invalid")).toMatch(/ENOTFOUND|EAI_AGAIN/u);
  });
});
