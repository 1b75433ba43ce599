// Node's end for browser-data.mjs, in a process of its own: `argv[2]` is the module that puts RTCPeerConnection on globalThis.
await import(process.argv[2]);
await import("./data-end.mjs");

let before = process.cpuUsage();
globalThis.measurementBegins = () => {
  before = process.cpuUsage();
};

process.on("message", async ({ id, name, parameters }) => {
  if (name === "send") globalThis.measurementBegins();
  const value = name === "cpu" ? process.cpuUsage(before) : await globalThis.dataEnd[name](...parameters);
  process.send({ id, value });
});
process.on("disconnect", () => process.exit());
