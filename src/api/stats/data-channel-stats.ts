/** "peer-connection" and "data-channel" (webrtc-stats §8.14, §8.15). */
import type { StatsCollection } from "./collection.ts";
import type { RTCDataChannelStats, RTCPeerConnectionStats } from "./dictionaries.ts";

/** Adds the connection itself. */
export function addPeerConnection(collection: StatsCollection): void {
  const { statistics } = collection.connection;
  collection.add<RTCPeerConnectionStats>("peer-connection", collection.id("peer-connection"), {
    dataChannelsOpened: statistics.channelsOpened,
    dataChannelsClosed: statistics.channelsClosed,
  });
}

/** Adds the channels, those that were closed lately included. */
export function addDataChannels(collection: StatsCollection): void {
  const { channels, statistics } = collection.connection;
  for (const record of [...statistics.closedChannels, ...channels.values()]) {
    const { channel, label, protocol, id, readyState, counters } = record;
    collection.add<RTCDataChannelStats>("data-channel", collection.id("data-channel", channel), {
      label,
      protocol,
      dataChannelIdentifier: id ?? undefined,
      state: readyState,
      messagesSent: counters.messagesSent,
      bytesSent: counters.bytesSent,
      messagesReceived: counters.messagesReceived,
      bytesReceived: counters.bytesReceived,
    });
  }
}
