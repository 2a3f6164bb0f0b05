import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildReport } from "../../../chaos/report/build-report.ts";
import { judge } from "../../../chaos/report/judge.ts";
import { writeReports } from "../../../chaos/report/write-reports.ts";
import { Scratch } from "../../support/processes.ts";
import { tellRun } from "../../unit/chaos/told-run.ts";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS =
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

const scratch = new Scratch();
let browser: BrowserContext | null = null;

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
  const options = { executablePath: CHROMIUM, args: FLAGS.split(" "), headless: true };
  browser = await chromium.launchPersistentContext(scratch.directory(), options);
});

afterAll(async () => {
  await browser?.close();
  scratch.clean();
});

describe.skipIf(!existsSync(CHROMIUM))("report.html in a real browser", () => {
  it.each([
    ["Within budgets", false, 1280, "light"],
    ["A budget is broken", true, 1280, "dark"],
    ["A budget is broken", true, 390, "light"],
  ] as const)(
    "shows its verdict, all charts and no error: %s (loses %s, %i px, %s)",
    async (verdict, loses, width, colorScheme) => {
      const directory = scratch.directory();
      await writeReports(directory, buildReport(judge(tellRun(loses))));
      const page = await browser!.newPage();
      const errors: string[] = [];
      const asked: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("request", (request) => asked.push(request.url()));
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      const url = pathToFileURL(join(directory, "report.html")).href;
      await page.goto(url);
      expect(await page.textContent("#verdict")).toContain(verdict);
      expect(await page.locator(".chart").count()).toBe(4);
      expect(await page.locator(".strip").count()).toBe(3);
      // No sideways scrolling, on a telephone neither.
      const overflow = "document.documentElement.scrollWidth - innerWidth";
      expect(await page.evaluate(overflow)).toBe(0);
      await page.locator(".plot svg").first().hover();
      expect(await page.textContent("#tip")).toMatch(/\d s.*p99/su);
      expect(await page.locator("#tip").isVisible()).toBe(true);
      expect(errors).toEqual([]);
      expect(asked.filter((one) => !one.startsWith("data:"))).toEqual([url]);
      await page.close();
    },
  );
});
