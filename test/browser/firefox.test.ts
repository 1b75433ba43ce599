import type { Page } from "puppeteer-core";
import { afterAll, beforeAll, describe } from "vitest";
import { findFirefox } from "../../scripts/browser/find.mjs";
import { type LaunchedBrowser, launchFirefox } from "../../scripts/browser/launch.mjs";
import { describeInterop } from "./interop.testing.ts";
import { servePage } from "./session.testing.ts";

/** Bytes of the bulk transfer, each way: `BULK_MB` megabytes, 20 by default. */
const bulkBytes = Number(process.env["BULK_MB"] ?? 20) * 1e6;

const installed = findFirefox() !== undefined;
if (!installed)
  console.log("Skipped: Firefox is not installed (apt-get install firefox-esr, or set FIREFOX_PATH).");

describe.skipIf(!installed)("with Firefox", () => {
  let launched: LaunchedBrowser;
  let page: Page;
  let server: Awaited<ReturnType<typeof servePage>>;

  beforeAll(async () => {
    server = await servePage();
    launched = (await launchFirefox())!;
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
