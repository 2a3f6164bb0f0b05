import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Scratch } from "../../support/processes.ts";

const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const QUIET = ["no-sandbox", "disable-gpu", "disable-quic", "no-first-run"];
const OFFLINE = ["disable-background-networking", "disable-component-update", "disable-sync"];

describe.skipIf(!existsSync(CHROMIUM))("the example in a browser", () => {
  const scratch = new Scratch();
  let example: ChildProcess;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    const program = fileURLToPath(new URL("../../../deploy/example/start.mjs", import.meta.url));
    example = spawn(process.execPath, [program, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface({ input: example.stdout! }), "line")) as [string];
    context = await chromium.launchPersistentContext(scratch.directory(), {
      executablePath: CHROMIUM,
      headless: true,
      args: [...QUIET, ...OFFLINE].map((flag) => `--${flag}`),
    });
    page = await context.newPage();
    await page.goto(line.split(" ")[1]!);
  });
  afterAll(async () => {
    await context?.close();
    example?.kill("SIGTERM");
    if (example?.exitCode === null) await once(example, "exit");
    scratch.clean();
  });

  const pane = (region: string) => page.locator(`[data-region="${region}"]`);
  const press = (region: string, name: string): Promise<void> =>
    pane(region).getByRole("button", { name, exact: true }).click();
  const shows = async (what: string, text: string, regions = ["us-east", "eu-west"]): Promise<void> => {
    for (const region of regions) await pane(region).locator(`.${what}`).getByText(text, { exact: true }).waitFor();
  };
  const turnLink = async (to: "Cut the link" | "Mend the link"): Promise<void> => {
    await page.getByRole("button", { name: to }).click();
    await page.getByText(to === "Cut the link" ? "cut" : "linked", { exact: true }).waitFor();
  };

  it("SS1, SS2, SS3: a cart changed on both sides of a cut link, and a logout against a slow request", async () => {
    const failures: Error[] = [];
    page.on("pageerror", (error) => failures.push(error));
    await press("us-east", "Log in");
    await shows("user", "ann");
    await turnLink("Cut the link");
    await press("us-east", "Add tea");
    await press("us-east", "Visit");
    await press("eu-west", "Add tea");
    await press("eu-west", "Add jam");
    await press("eu-west", "Visit");
    await shows("cart", "1 × tea", ["us-east"]);
    await shows("cart", "1 × jam, 1 × tea", ["eu-west"]);
    await turnLink("Mend the link");
    await shows("cart", "1 × jam, 2 × tea");
    await shows("visits", "2");
    for (const region of ["us-east", "eu-west"]) {
      await press(region, "Buy a ticket");
      await pane(region)
        .getByText(/^Buy a ticket: sold/u)
        .waitFor();
    }
    await press("eu-west", "Write the report");
    await pane("eu-west")
      .getByText(/^Write the report: done, fence \d+/u)
      .waitFor();
    await shows("tickets", "2");
    await press("eu-west", "Slow: add milk in 3 s");
    await press("us-east", "Log out");
    await pane("eu-west")
      .getByText(/^Slow: add milk in 3 s: (?:done|log in first)/u)
      .waitFor();
    await shows("user", "nobody");
    await shows("cart", "empty");
    expect(failures).toEqual([]);
  });
});
