import { spawn } from "node:child_process";

export interface ChildResult {
  readonly code: number | null;
  /** What the program printed, parsed. */
  readonly output: unknown;
}

/**
 * Runs a program on the built package in a Node process of its own and waits until it exits by itself. The program must
 * print one line of JSON.
 */
export async function runProgram(program: string, deadline = 100_000): Promise<ChildResult> {
  const child = spawn(process.execPath, ["--expose-gc", "--input-type=module", "--eval", program], {
    cwd: new URL("../..", import.meta.url),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), deadline);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  if (code !== 0)
    throw new Error(`the program ended with ${code ?? "SIGKILL at the deadline"}:\n${stdout}\n${stderr}`);
  return { code, output: JSON.parse(stdout) };
}

/** What programs begin with: two connections of one process, and a way to join them. */
export const PRELUDE = `
import { RTCPeerConnection } from "skywave";
const trickle = (from, to) => { from.onicecandidate = ({ candidate }) => to.addIceCandidate(candidate).catch(() => {}); };
const negotiate = async (a, z) => {
  await a.setLocalDescription();
  await z.setRemoteDescription(a.localDescription);
  await z.setLocalDescription();
  await a.setRemoteDescription(z.localDescription);
};
const pair = () => {
  const a = new RTCPeerConnection();
  const z = new RTCPeerConnection();
  trickle(a, z);
  trickle(z, a);
  return [a, z];
};
const open = async (a, z) => {
  const near = a.createDataChannel("test");
  const far = new Promise((resolve) => { z.ondatachannel = ({ channel }) => resolve(channel); });
  const opened = new Promise((resolve) => { near.onopen = resolve; });
  await negotiate(a, z);
  await opened;
  return [near, await far];
};
`;
