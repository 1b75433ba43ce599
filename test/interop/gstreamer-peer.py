"""GStreamer's webrtcbin as a peer: it is signalled with lines of JSON on standard input and output.

    gstreamer-peer.py VIDEO-CODEC AUDIO-CODEC      (VP8, VP9, H264 or H265; OPUS, PCMU, PCMA or G722)

It sends a moving picture and a tone, decodes what it is sent, and has a data channel.

In:  {"do": "offer", "channel": label}             it offers, with a data channel
     {"description": {type, sdp}}                  of the other side; an offer is answered
     {"candidate": text, "index": number}
     {"send": text}                                over each data channel
Out: {"description": {type, sdp}}, {"candidate": text, "index": number}, {"state": of the connection},
     {"channel": label} that is open, {"message": text}, {"decoded": "video/x-raw", "count": number}, {"error": text}
"""
import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

PICTURE = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=120,framerate=20/1"
TONE = "audiotestsrc is-live=true"
# Key frames come when they are asked for, and hardly ever by themselves.
VIDEO = {
    "VP8": "vp8enc deadline=1 cpu-used=8 target-bitrate=200000 keyframe-max-dist=3000 ! rtpvp8pay picture-id-mode=15-bit",
    "VP9": "vp9enc deadline=1 cpu-used=8 target-bitrate=200000 keyframe-max-dist=3000 ! rtpvp9pay picture-id-mode=15-bit",
    "H264": "x264enc tune=zerolatency speed-preset=ultrafast bitrate=200 key-int-max=3000"
    " ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency",
    "H265": "x265enc tune=zerolatency speed-preset=ultrafast bitrate=200 key-int-max=3000"
    " ! rtph265pay config-interval=-1 aggregate-mode=zero-latency",
}
AUDIO = {
    "OPUS": (48000, "audio/x-raw,channels=2,rate=48000 ! opusenc ! rtpopuspay"),
    "PCMU": (8000, "audio/x-raw,channels=1,rate=8000 ! mulawenc ! rtppcmupay min-ptime=20000000 max-ptime=20000000"),
    "PCMA": (8000, "audio/x-raw,channels=1,rate=8000 ! alawenc ! rtppcmapay min-ptime=20000000 max-ptime=20000000"),
    "G722": (8000, "audio/x-raw,channels=1,rate=16000 ! avenc_g722 ! rtpg722pay min-ptime=20000000 max-ptime=20000000"),
}
H264_OFFERED = ("profile-level-id=42e01f", "packetization-mode=1")
# webrtcbin compares profiles letter by letter; the payloader has constrained baseline as 42c0.
SAID = {"H264": ",profile-level-id=(string)42e01f,packetization-mode=(string)1"}
DECODING = {
    "VP8": "rtpvp8depay ! vp8dec",
    "VP9": "rtpvp9depay ! vp9dec",
    "H264": "rtph264depay ! h264parse ! avdec_h264",
    "H265": "rtph265depay ! h265parse ! avdec_h265",
    "OPUS": "rtpopusdepay ! opusdec",
    "PCMU": "rtppcmudepay ! mulawdec",
    "PCMA": "rtppcmadepay ! alawdec",
    "G722": "rtpg722depay ! avdec_g722",
}
STATIC = {"PCMU": 0, "PCMA": 8, "G722": 9}

video_codec, audio_codec = sys.argv[1:3]
channels = []
loop = GLib.MainLoop()
saying = threading.Lock()


def say(**what):
    with saying:
        print(json.dumps(what), flush=True)


def offered_type(sdp, name, clock_rate, otherwise):
    """The payload type that an offer has for a codec; of H.264 for the profile that is sent here."""
    lines = sdp.splitlines()
    for line in lines:
        if not line.startswith("a=rtpmap:"):
            continue
        number, format_name = line[len("a=rtpmap:"):].split(" ", 1)
        if not format_name.upper().startswith(f"{name}/{clock_rate}"):
            continue
        parameters = [one for one in lines if one.startswith(f"a=fmtp:{number} ")]
        if name != "H264" or any(all(part in one for part in H264_OFFERED) for one in parameters):
            return int(number)
    return otherwise


class Peer:
    def __init__(self, offer=""):
        rate, audio = AUDIO[audio_codec]
        video_type = offered_type(offer, video_codec, 90000, 96)
        audio_type = offered_type(offer, audio_codec, rate, STATIC.get(audio_codec, 97))
        self.pipeline = Gst.parse_launch(
            "webrtcbin name=peer bundle-policy=max-bundle latency=50"
            f" {PICTURE} ! queue ! {VIDEO[video_codec]} pt={video_type} mtu=1200"
            f' ! capssetter caps="application/x-rtp{SAID.get(video_codec, "")}"'
            f" ! application/x-rtp,media=video,encoding-name={video_codec},payload={video_type} ! peer."
            f" {TONE} ! {audio} pt={audio_type}"
            f" ! application/x-rtp,media=audio,encoding-name={audio_codec},payload={audio_type} ! peer."
        )
        self.bin = self.pipeline.get_by_name("peer")
        for index in range(2):
            self.bin.emit("get-transceiver", index).set_property("do-nack", True)
        self.bin.connect("on-ice-candidate", lambda _, index, text: say(candidate=text, index=index))
        self.bin.connect("notify::connection-state", self.tell_state)
        self.bin.connect("on-data-channel", lambda _, channel: self.take_channel(channel))
        self.bin.connect("pad-added", self.decode)
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", lambda _, message: say(error=str(message.parse_error())))
        self.pipeline.set_state(Gst.State.PLAYING)

    def tell_state(self, *_):
        say(state=self.bin.get_property("connection-state").value_nick)

    def take_channel(self, channel):
        channels.append(channel)
        channel.connect("on-open", lambda one: say(channel=one.get_property("label")))
        channel.connect("on-message-string", lambda _, text: say(message=text))
        if channel.get_property("ready-state") == GstWebRTC.WebRTCDataChannelState.OPEN:
            say(channel=channel.get_property("label"))

    def decode(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        caps = pad.get_current_caps() or pad.query_caps(None)
        kind = caps.get_structure(0).get_string("media")
        chain = DECODING[video_codec if kind == "video" else audio_codec]
        decoder = Gst.parse_bin_from_description(
            f"queue ! {chain} ! fakesink name=sink sync=false async=false signal-handoffs=true", True
        )
        total = 0

        def one_more(*_):
            nonlocal total
            total += 1
            say(decoded=f"{kind}/x-raw", count=total)

        decoder.get_by_name("sink").connect("handoff", one_more)
        self.pipeline.add(decoder)
        pad.link(decoder.get_static_pad("sink"))
        decoder.sync_state_with_parent()

    def describe(self, kind):
        """Makes an offer or an answer, and says it."""
        promise = Gst.Promise.new_with_change_func(self.described, kind, None)
        self.bin.emit(f"create-{kind}", None, promise)

    def described(self, promise, kind, _):
        reply = promise.get_reply()
        description = reply.get_value(kind) if reply else None
        if description is None:
            say(error=f"no {kind}: {reply.to_string() if reply else ''}")
            return
        self.bin.emit("set-local-description", description, Gst.Promise.new())
        say(description={"type": kind, "sdp": description.sdp.as_text()})

    def take(self, kind, text):
        _, sdp = GstSdp.SDPMessage.new_from_text(text)
        of_type = GstWebRTC.WebRTCSDPType.OFFER if kind == "offer" else GstWebRTC.WebRTCSDPType.ANSWER
        description = GstWebRTC.WebRTCSessionDescription.new(of_type, sdp)
        promise = Gst.Promise.new()
        self.bin.emit("set-remote-description", description, promise)
        promise.wait()
        if kind == "offer":
            self.describe("answer")


peer = None


def obey(line):
    global peer
    order = json.loads(line)
    if order.get("do") == "offer":
        peer = peer or Peer()
        if "channel" in order:
            peer.take_channel(peer.bin.emit("create-data-channel", order["channel"], None))
        peer.describe("offer")
    elif "description" in order:
        kind, sdp = order["description"]["type"], order["description"]["sdp"]
        peer = peer or Peer(sdp)
        peer.take(kind, sdp)
    elif "candidate" in order:
        peer.bin.emit("add-ice-candidate", order["index"], order["candidate"])
    elif "send" in order:
        for channel in channels:
            channel.emit("send-string", order["send"])
    return False


def listen():
    for line in sys.stdin:
        GLib.idle_add(obey, line)
    GLib.idle_add(loop.quit)


Gst.init(None)
threading.Thread(target=listen, daemon=True).start()
loop.run()
if peer:
    peer.pipeline.set_state(Gst.State.NULL)
