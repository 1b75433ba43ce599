/** `skywave/register` beside `lib.dom`: the names stay the browser's. Compiled, never run. */
import "skywave/register";

const pc: RTCPeerConnection = new RTCPeerConnection();
const channel: RTCDataChannel = pc.createDataChannel("chat");
channel.onopen = () => channel.send("hello");
