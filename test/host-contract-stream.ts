/** The part of the Host contract that is about streams. */
import { describe, expect, test } from "vitest";
import {
  MAX_STREAM_BACKLOG,
  type StreamHandlers,
  type StreamListener,
  type StreamSocket,
} from "../src/host/host.ts";
import type { ContractContext } from "./host-contract-context.ts";

interface End {
  stream: StreamSocket | undefined;
  code: string | undefined;
  readonly bytes: number[];
  received: number;
  drained: number;
  closed: (string | undefined)[];
}

/** Connecting, sending and ending streams. */
export function streamContract(context: ContractContext): void {
  describe("streams", () => {
    test("connect, carry bytes in order both ways, and know their ends", async () => {
      const { listener, accepted } = await listen();
      const client = await connect(listener);
      await context.fixture.until(() => accepted.length === 1);
      const server = accepted[0]!;
      client.stream!.send(Uint8Array.of(1, 2, 3, 9), 3);
      client.stream!.send(Uint8Array.of(4), 1);
      await context.fixture.until(() => server.received === 4);
      server.stream!.send(Uint8Array.of(5), 1);
      await context.fixture.until(() => client.received === 1);
      expect(server.bytes).toEqual([1, 2, 3, 4]);
      expect(client.bytes).toEqual([5]);
      expect(client.stream!.remotePort).toBe(listener.port);
      expect(client.stream!.remoteAddress).toBe("127.0.0.1");
      expect(server.stream!.remotePort).toBe(client.stream!.port);
      expect(server.stream!.remoteAddress).toBe(client.stream!.address);
      close(client, server);
      listener.close();
    });

    test("answer ECONNREFUSED where nobody listens", async () => {
      const { listener } = await listen();
      listener.close();
      await context.turn();
      const client = await connect(listener);
      expect(client.stream).toBeUndefined();
      expect(client.code).toBe("ECONNREFUSED");
    });

    test("refuse port 0 later, not at once", async () => {
      const client = await connect({ port: 0 });
      expect(client.stream).toBeUndefined();
      expect(client.code).toBeDefined();
    });

    test("tell once that the peer has ended them", async () => {
      const { listener, accepted } = await listen();
      const client = await connect(listener);
      await context.fixture.until(() => accepted.length === 1);
      accepted[0]!.stream!.send(Uint8Array.of(7), 1);
      accepted[0]!.stream!.close();
      await context.fixture.until(() => client.closed.length === 1);
      expect(client.bytes).toEqual([7]);
      expect(client.closed).toEqual([undefined]);
      expect(accepted[0]!.closed).toEqual([]);
      client.stream!.send(Uint8Array.of(1), 1);
      listener.close();
    });

    test("refuse what would wait beyond the backlog's limit, and tell when there is room", async () => {
      const { listener, accepted } = await listen();
      const client = await connect(listener);
      await context.fixture.until(() => accepted.length === 1);
      const piece = new Uint8Array(MAX_STREAM_BACKLOG / 4);
      expect(client.stream!.send(new Uint8Array(MAX_STREAM_BACKLOG + 1), MAX_STREAM_BACKLOG + 1)).toBe(false);
      let taken = 0;
      while (taken < 1000 && client.stream!.send(piece, piece.length)) taken++;
      expect(taken).toBeGreaterThanOrEqual(4);
      expect(taken).toBeLessThan(1000);
      await context.fixture.until(() => client.drained > 0 && accepted[0]!.received === taken * piece.length);
      expect(client.stream!.send(piece, 1)).toBe(true);
      close(client, accepted[0]!);
      listener.close();
    });

    test("that are canceled while connecting are never told of", async () => {
      const { listener } = await listen();
      let told = 0;
      const pending = context.host.connectStream(
        { address: "127.0.0.1", port: listener.port },
        { data() {}, drained() {}, closed() {} },
        () => told++,
      );
      pending.cancel();
      pending.cancel();
      await context.turn();
      expect(told).toBe(0);
      listener.close();
    });

    test("are refused when nobody wants them", async () => {
      const { listener } = await listen(() => false);
      const client = await connect(listener);
      if (client.stream !== undefined) await context.fixture.until(() => client.closed.length === 1);
      listener.close();
    });

    async function listen(
      wanted: () => boolean = () => true,
    ): Promise<{ listener: StreamListener; accepted: End[] }> {
      const accepted: End[] = [];
      let listener: StreamListener | undefined;
      context.host.listenStreams(
        context.ipv4(),
        0,
        (stream) => {
          const end = newEnd(stream);
          accepted.push(end);
          context.fixture.changed();
          return wanted() ? handlersOf(end) : undefined;
        },
        (open) => {
          listener = open;
          context.fixture.changed();
        },
      );
      await context.fixture.until(() => listener !== undefined);
      return { listener: listener!, accepted };
    }

    async function connect(to: { port: number }): Promise<End> {
      const end = newEnd(undefined);
      let answered = false;
      context.host.connectStream({ address: "127.0.0.1", port: to.port }, handlersOf(end), (stream, code) => {
        expect(answered).toBe(false);
        answered = true;
        end.stream = stream;
        end.code = code;
        context.fixture.changed();
      });
      expect(answered).toBe(false);
      await context.fixture.until(() => answered);
      return end;
    }

    function newEnd(stream: StreamSocket | undefined): End {
      return { stream, code: undefined, bytes: [], received: 0, drained: 0, closed: [] };
    }

    function handlersOf(end: End): StreamHandlers {
      return {
        data(bytes) {
          if (end.bytes.length < 16) end.bytes.push(...bytes.subarray(0, 16));
          end.received += bytes.length;
          bytes.fill(0xee);
          context.fixture.changed();
        },
        drained() {
          end.drained++;
          context.fixture.changed();
        },
        closed(code) {
          end.closed.push(code);
          context.fixture.changed();
        },
      };
    }

    function close(...ends: End[]): void {
      for (const end of ends) end.stream?.close();
    }
  });
}
