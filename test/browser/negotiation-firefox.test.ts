import { describeInBrowser } from "./in-browser.testing.ts";
import { describeGlare } from "./negotiation-glare.testing.ts";
import { describeNegotiation } from "./negotiation-scenarios.testing.ts";

describeInBrowser("Firefox", "negotiation-page.js", (page, browser) => {
  describeNegotiation(page, browser);
  describeGlare(page);
});
