import { defineConfig } from "vitest/config";

const project = (name: string, options: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 30_000, ...options },
});

export default defineConfig({
  test: {
    reporters: ["default", "./test/reporter.ts"],
    projects: [
      project("unit"),
      project("contract"),
      // Interpreted: code that the compilers inlined is not counted, and when they do so is a matter of the machine's load.
      project("costs", { execArgv: ["--no-opt", "--no-sparkplug", "--no-lazy-feedback-allocation"] }),
      project("simulation", { testTimeout: 120_000 }),
      // Real processes on two cores: one file at a time, so that a time-out means something.
      project("integration", { testTimeout: 120_000, hookTimeout: 60_000, fileParallelism: false }),
    ],
  },
});
