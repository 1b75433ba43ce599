// One end of a data channel, the same in a page and in Node: browser-data.mjs calls it through `globalThis.dataEnd`.
{
  const HIGH_WATER = 4 << 20;
  const LOW_WATER = 1 << 20;
  let connection;
  let channel;

  globalThis.dataEnd = {
    /** Makes a connection with a channel that both ends know. */
    open() {
      connection = new RTCPeerConnection();
      channel = connection.createDataChannel("bulk", { negotiated: true, id: 0 });
      channel.binaryType = "arraybuffer";
    },

    async offer() {
      await connection.setLocalDescription();
      return gathered();
    },

    async answer(description) {
      await connection.setRemoteDescription(description);
      await connection.setLocalDescription();
      return gathered();
    },

    async accept(description) {
      await connection.setRemoteDescription(description);
    },

    async opened() {
      while (channel.readyState !== "open") await wait(10);
    },

    /** Counts from `warmUp` seconds after the first message on, for `seconds`; resolves to megabytes a second. */
    receive(warmUp, seconds) {
      return new Promise((resolve) => {
        let from;
        let bytes = 0;
        channel.onmessage = ({ data }) => {
          const now = performance.now();
          from ??= now + warmUp * 1000;
          if (now < from) return;
          if (bytes === 0) globalThis.measurementBegins?.();
          bytes += data.byteLength;
          if (now < from + seconds * 1000) return;
          channel.onmessage = null;
          resolve(bytes / 1000 / (now - from));
        };
      });
    },

    /** Sends messages of `size` bytes until `stop`. */
    send(size) {
      const message = new Uint8Array(size);
      channel.bufferedAmountLowThreshold = LOW_WATER;
      const pump = () => {
        while (channel?.readyState === "open" && channel.bufferedAmount < HIGH_WATER) channel.send(message);
      };
      channel.onbufferedamountlow = pump;
      pump();
    },

    stop() {
      channel.onbufferedamountlow = null;
    },

    close() {
      connection.close();
    },
  };

  async function gathered() {
    while (connection.iceGatheringState !== "complete") await wait(10);
    const { type, sdp } = connection.localDescription;
    return { type, sdp };
  }

  function wait(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
