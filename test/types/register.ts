/** `skywave/register` beside `lib.dom`: the names stay the browser's. Compiled, never run. */
import "skywave/register";

const pc: RTCPeerConnection = new RTCPeerConnection();
const channel: RTCDataChannel = pc.createDataChannel("chat");
channel.onopen = () => channel.send("hello");

navigator.mediaDevices
  .getUserMedia({ audio: true })
  .then((stream) => pc.addTrack(stream.getTracks()[0]!, stream));
