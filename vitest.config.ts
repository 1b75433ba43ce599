import { defineConfig } from "vitest/config";

/*
 * The groups run one after the other, so that tests which measure time or start a browser have the machine to
 * themselves. `npx vitest run <path>` works with any of them.
 */
export default defineConfig({
  test: {
    pool: "forks",
    // What a test waits for is bounded in virtual time, or by itself: these are for a machine that does other things too.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    reporters: ["default"],
    projects: [
      // Pure functions and machines on virtual clocks: two files at a time.
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/*.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // Whole connections, in simulated worlds or on loopback sockets.
      {
        extends: true,
        test: {
          name: "scenarios",
          include: ["test/*/**/*.test.ts"],
          exclude: ["test/{live,browser,package,types,vectors}/**"],
          testTimeout: 180_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      // Real sockets, real time, whole processes: one file at a time.
      {
        extends: true,
        test: {
          name: "live",
          include: ["test/live/**/*.test.ts"],
          testTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      // The demo page and the library against Chromium and, where it is installed, Firefox.
      {
        extends: true,
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 300_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      // What a user of the npm package gets.
      {
        extends: true,
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          testTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
