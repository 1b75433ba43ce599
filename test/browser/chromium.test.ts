import { describeInBrowser } from "./in-browser.testing.ts";
import { describeInterop } from "./interop.testing.ts";

/** Bytes of the bulk transfer, each way: `BULK_MB` megabytes, 100 by default. */
const bulkBytes = Number(process.env["BULK_MB"] ?? 100) * 1e6;

describeInBrowser("Chromium", "page.js", (page) => describeInterop({ page, bulkBytes }));
