import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** Adds up all projects into the file that test/run.mjs reads, and says of each skipped test what it is and why. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const totals = { passed: 0, failed: errors.length, skipped: 0 };
    for (const module of modules) {
      if (module.errors().length > 0) totals.failed += module.errors().length;
      for (const test of module.children.allTests()) this.#count(test, totals);
    }
    const path = process.env["ANTIPODE_TEST_TOTALS"];
    if (path !== undefined) writeFileSync(path, JSON.stringify(totals));
  }

  #count(test: TestCase, totals: { passed: number; failed: number; skipped: number }): void {
    const result = test.result();
    if (result.state === "passed") totals.passed++;
    else if (result.state === "failed") totals.failed++;
    else if (result.state === "pending") {
      // Its worker ended before it did: that is not a skip.
      totals.failed++;
      process.stdout.write(`did not finish: ${test.fullName}\n`);
    } else {
      totals.skipped++;
      const note = result.note === undefined ? "" : `: ${result.note}`;
      process.stdout.write(`skipped: ${test.fullName}${note}\n`);
    }
  }
}
