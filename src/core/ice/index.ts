export * from "../base/ice-candidate.ts";
