import { describeInBrowser } from "./in-browser.testing.ts";
import { describeInterop } from "./interop.testing.ts";

/** Bytes of the bulk transfer, each way: `BULK_MB` megabytes, 20 by default. */
const bulkBytes = Number(process.env["BULK_MB"] ?? 20) * 1e6;

describeInBrowser("Firefox", "page.js", (page) => describeInterop({ page, bulkBytes }));
