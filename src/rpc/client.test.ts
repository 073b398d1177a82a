import { describe, expect, it } from 'vitest';
import { RpcClient, type RpcRequest } from './client.ts';

/** A daemon that answers everything with that; and what it was asked. */
function answering(status: number, parts: readonly string[], token?: string) {
  const asked: RpcRequest[] = [];
  const client = new RpcClient({ url: 'http://daemon:1/', token }, async request => {
    asked.push(request);
    return {
      status,
      text: async () => parts.join(''),
      parts: async function* () {
        yield* parts;
      },
    };
  });
  return { client, asked };
}

async function heard(client: RpcClient, after?: number): Promise<unknown[]> {
  const messages: unknown[] = [];
  try {
    for await (const message of client.changes(after)) messages.push(message);
  } catch (error) {
    messages.push((error as { code?: string }).code);
  }
  return messages;
}

describe('a client of a daemon', () => {
  it('asks a method by POST, with its token', async () => {
    const { client, asked } = answering(200, ['{"changed":1}'], 'secret');
    expect(await client.ask('torrents.stop', { ids: [] })).toEqual({ changed: 1 });
    expect(asked).toMatchObject([
      {
        method: 'POST',
        url: 'http://daemon:1/api/v1/torrents.stop',
        fields: { authorization: 'Bearer secret', 'content-type': 'application/json' },
        body: '{"ids":[]}',
      },
    ]);
  });

  it('throws the daemon’s errors as they were', async () => {
    const { client } = answering(404, ['{"error":{"code":"TORRENT_UNKNOWN","message":"No.","where":"x"}}']);
    await expect(client.ask('torrents.get', { id: 'x' })).rejects.toMatchObject({
      code: 'TORRENT_UNKNOWN',
      message: 'No.',
      where: 'x',
    });
  });

  it.each([
    [200, '<html>'],
    [502, 'Bad gateway'],
    [500, '{"error":"text"}'],
    [500, 'null'],
  ])('says that something else answered: %i %s', async (status, text) => {
    const { client } = answering(status, [text]);
    await expect(client.ask('session.get', {})).rejects.toMatchObject({ code: 'ANSWER_INVALID' });
  });

  it('hears the same changes wherever the stream is cut', async () => {
    const stream = ':\n\nid: 1\ndata: {"sequence":1}\n\n:\n\nid: 2\ndata: {"sequence":2}\n\n';
    for (let at = 0; at <= stream.length; at++) {
      const { client, asked } = answering(200, [stream.slice(0, at), stream.slice(at)]);
      expect(await heard(client, 7)).toEqual([{ sequence: 1 }, { sequence: 2 }, 'CONNECTION_LOST']);
      expect(asked[0]!.url).toBe('http://daemon:1/api/v1/changes?after=7');
    }
  });

  it('says why it may not hear changes', async () => {
    const { client } = answering(401, ['{"error":{"code":"UNAUTHORIZED","message":"No."}}']);
    expect(await heard(client)).toEqual(['UNAUTHORIZED']);
  });
});
