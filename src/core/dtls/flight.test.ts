import { describe, expect, test } from "vitest";
import { Flight } from "./flight.ts";
import { CERTIFICATE, CLIENT_KEY_EXCHANGE, SERVER_HELLO_DONE } from "./message/handshake-type.ts";
import { HandshakeReassembler } from "./message/reassembly.ts";
import { CHANGE_CIPHER_SPEC } from "./record/content-type.ts";
import { RecordWriter } from "./record/record-layer.ts";
import { readHandshakeFragments, splitRecords } from "./records.testing.ts";
import { newStatistics } from "./statistics.ts";

const body = (length: number) => Uint8Array.from({ length }, (_, i) => i);

/** All datagrams of a flight. */
function send(flight: Flight, mtu: number, records = new RecordWriter(newStatistics())): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  const out = new Uint8Array(mtu);
  for (let length = flight.write(records, out); length > 0; length = flight.write(records, out)) {
    datagrams.push(out.slice(0, length));
  }
  return datagrams;
}

function newFlight(): Flight {
  const flight = new Flight();
  flight.begin(true);
  flight.addMessage(0, CERTIFICATE, 0, body(2500));
  flight.addMessage(0, CLIENT_KEY_EXCHANGE, 1, body(66));
  flight.addMessage(0, SERVER_HELLO_DONE, 2, new Uint8Array(0));
  flight.addChangeCipherSpec();
  return flight;
}

describe("a flight (RFC 6347 §4.2.4)", () => {
  test.each([548, 600, 700, 1200, 4000])("cut for an MTU of %i is whole again at the other end", (mtu) => {
    const datagrams = send(newFlight(), mtu);
    const reassembler = new HandshakeReassembler();
    let ccs = 0;
    for (const datagram of datagrams) {
      expect(datagram.length).toBeLessThanOrEqual(mtu);
      for (const record of splitRecords(datagram)) {
        if (record[0] === CHANGE_CIPHER_SPEC) ccs++;
        else for (const fragment of readHandshakeFragments(record.subarray(13))) reassembler.add(0, fragment);
      }
    }
    expect(ccs).toBe(1);
    expect(
      [reassembler.take(), reassembler.take(), reassembler.take()].map((message) => message?.body),
    ).toEqual([body(2500), body(66), new Uint8Array(0)]);
    // As few datagrams as the octets allow, but for the fragments' headers.
    expect(datagrams.length).toBeLessThanOrEqual(Math.ceil(2700 / (mtu - 60)));
  });

  test("is sent once until it is rewound, then again with other record numbers", () => {
    const flight = newFlight();
    const records = new RecordWriter(newStatistics());
    const first = send(flight, 1200, records);
    expect(flight.isSent).toBe(true);
    expect(send(flight, 1200, records)).toEqual([]);
    flight.rewind();
    const second = send(flight, 1200, records);
    expect(second).toHaveLength(first.length);
    expect(second[0]![10]).toBe(first.flatMap(splitRecords).length);
  });

  test("a change of MTU between two sendings re-cuts it", () => {
    const flight = newFlight();
    const large = send(flight, 1200).length;
    flight.rewind();
    expect(send(flight, 548).length).toBeGreaterThan(large);
  });

  test("writes nothing into a buffer without room, and does not lose its place", () => {
    const flight = newFlight();
    const records = new RecordWriter(newStatistics());
    for (let size = 0; size <= 25; size++) expect(flight.write(records, new Uint8Array(size))).toBe(0);
    expect(flight.write(records, new Uint8Array(26))).toBe(26); // one octet of the first message
    expect(flight.isSent).toBe(false);
  });

  test("a new one forgets the old", () => {
    const flight = newFlight();
    const { number } = flight;
    flight.begin(false);
    expect(flight.number).toBe(number + 1);
    expect(flight.isEmpty).toBe(true);
    expect(flight.awaitsReply).toBe(false);
    expect(send(flight, 1200)).toEqual([]);
  });
});
