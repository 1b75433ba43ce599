// The process that forward.mjs measures: whatever comes on the connection of the source goes to all others.
import { load } from "./implementations.mjs";

const { implementation } = JSON.parse(process.argv[2]);
const { RTCPeerConnection } = await load(implementation);

const connections = [];
let track;
let before;

const answers = {
  /** The source: what it sends is received. */
  source: async ({ sdp }) => {
    const connection = open();
    connection.ontrack = (event) => {
      track ??= event.track;
    };
    await connection.setRemoteDescription({ type: "offer", sdp });
    return answer(connection);
  },
  /** A receiver: the source's track is sent to it. */
  receiver: async ({ sdp }) => {
    const connection = open();
    await connection.setRemoteDescription({ type: "offer", sdp });
    const [transceiver] = connection.getTransceivers();
    transceiver.direction = "sendonly";
    await transceiver.sender.replaceTrack(track);
    return answer(connection);
  },
  start: () => {
    before = process.cpuUsage();
    return {};
  },
  stop: () => {
    const { user, system } = process.cpuUsage(before);
    return { cpu: (user + system) / 1e6 };
  },
};

process.on("message", async (message) => {
  process.send({ id: message.id, ...(await answers[message.type](message)) });
});

function open() {
  const connection = new RTCPeerConnection({ iceServers: [] });
  connections.push(connection);
  return connection;
}

async function answer(connection) {
  await connection.setLocalDescription(await connection.createAnswer());
  const deadline = performance.now() + 5000;
  while (connection.iceGatheringState !== "complete" && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 1));
  return { sdp: connection.localDescription.sdp };
}
