import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe } from "vitest";
import { type LaunchedBrowser, launchChromium } from "../../scripts/browser/launch.mjs";
import { describeInterop } from "./interop.testing.ts";
import { servePage } from "./session.testing.ts";

/** Bytes of the bulk transfer, each way: `BULK_MB` megabytes, 100 by default. */
const bulkBytes = Number(process.env["BULK_MB"] ?? 100) * 1e6;

describe("with Chromium", () => {
  let launched: LaunchedBrowser;
  let page: Page;
  let server: Awaited<ReturnType<typeof servePage>>;

  beforeAll(async () => {
    server = await servePage();
    launched = await launchChromium();
    console.log(launched.version);
    page = await launched.browser.newPage();
    await page.goto(server.url);
  }, 120_000);

  afterAll(async () => {
    await launched?.close();
    server?.close();
  });

  describeInterop({ page: () => page, bulkBytes });
});
