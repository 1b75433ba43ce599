import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    // Two cores: files run in two processes; a test that needs the whole machine says so in test/README.md.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    reporters: process.env.CI ? ["default"] : ["default"],
  },
});
