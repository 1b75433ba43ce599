/**
 * The sweep over NATs, firewalls and address families, and over changes of network:
 *
 *     npm run sweep -- SEEDS [RECOVERIES]
 *
 * SEEDS is their number, or a range like 11-20: machines with many cores run several at a time. Three of them play everything.
 */
import { spawnSync } from "node:child_process";

const [seeds = "1", recoveries = "0"] = process.argv.slice(2);
const { status } = spawnSync(
  "npx",
  ["vitest", "run", "--project", "scenarios", "test/scenarios/sweep.test.ts"],
  {
    env: {
      ...process.env,
      SKYWAVE_SWEEP: `${seeds} ${recoveries}`,
      // Each run leaves a world behind: with room for the young generation far less of it is copied.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --max-semi-space-size=64`,
    },
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
