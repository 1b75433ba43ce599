// `npm start`: the page on http://localhost:8080, and a Node peer behind it.
//
//   PORT=3000 npm start       another port
//   HOST=0.0.0.0 npm start    reachable from other machines (everyone who can reach it may send files)

import { RTCPeerConnection, RTCRtpReceiver } from "skywave";
import { startService } from "./service.mjs";
import { forwardedVideo } from "./tab-media.mjs";

const port = Number(process.env.PORT ?? 8080);
const host = process.env.HOST;

if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error(`PORT must be a number from 0 to 65535, not "${process.env.PORT}".`);
  process.exit(1);
}

try {
  const service = await startService({
    RTCPeerConnection,
    videoCodecs: forwardedVideo(RTCRtpReceiver.getCapabilities("video")),
    port,
    // "localhost" is one of these two, and which one differs from browser to browser.
    hosts: host === undefined ? ["127.0.0.1", "::1"] : [host],
    log: (line) => console.log(`${new Date().toLocaleTimeString("en-GB")}  ${line}`),
  });
  process.once("exit", service.removeFiles);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, async () => {
      await service.close();
      process.exit(0);
    });
  }
  console.log(`Skywave demo: http://${urlHost(host)}:${service.port}/`);
  console.log(`Files go to ${service.directory} and are removed at the end. Ctrl+C stops.`);
  if (host === undefined) console.log("For other machines too: HOST=0.0.0.0 npm start");
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

function urlHost(address) {
  if (address === undefined || address === "0.0.0.0" || address === "::") return "localhost";
  return address.includes(":") ? `[${address}]` : address;
}

function explain(error) {
  if (error.code === "EADDRINUSE") return `Port ${port} is taken. Another one: PORT=${port + 1} npm start`;
  if (error.code === "EACCES") return `Port ${port} needs more rights. Another one: PORT=8080 npm start`;
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND")
    return `HOST=${host} is no address of this machine.`;
  return error.stack;
}
