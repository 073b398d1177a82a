import { describe, expect, it } from 'vitest';
import { sampleTorrent } from '../../../test/sample-torrents.ts';
import { type BencodeDictionary, decode } from '../bencode/decode.ts';
import { type Encodable, encode, RawBencode } from '../bencode/encode.ts';
import { decodeUtf8, encodeUtf8, toBinaryString } from '../bytes/utf8.ts';
import { editMetainfo, type MetainfoEdit } from './edit.ts';
import { parseMetainfo } from './parse.ts';
import { addTracker, removeTracker, replaceTracker } from './tracker-tiers.ts';

const outsideInfo: MetainfoEdit = {
  trackers: [['http://a/announce', 'udp://b:1'], ['http://c/announce']],
  webSeeds: ['http://w/'],
  nodes: [{ host: 'router.example', port: 6881 }],
  comment: 'new',
  createdBy: 'somebody',
  creationDate: 5,
};

const rawInfo = (bytes: Uint8Array) =>
  (decode(bytes, { lenient: true }) as BencodeDictionary).get('info') as BencodeDictionary;

describe('an edit outside of info', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)(
    'leaves the bytes of info of %s as they were, and the hash',
    version => {
      const torrent = sampleTorrent(version, { comment: 'old', trackers: [['http://old/announce']] });
      const { bytes, before, after, isOtherTorrent } = editMetainfo(torrent, outsideInfo);
      expect(isOtherTorrent).toBe(false);
      expect(rawInfo(bytes).raw).toEqual(rawInfo(torrent).raw);
      expect([after.infoHashV1, after.infoHashV2]).toEqual([before.infoHashV1, before.infoHashV2]);
      expect(after).toMatchObject(outsideInfo);
      expect(after.pieceLayers).toEqual(before.pieceLayers);
      // Canonical, whatever it was made of, and whole.
      expect(parseMetainfo(bytes)).toEqual(after.bytes === bytes ? after : expect.anything());
    },
  );

  it('leaves an info as it was that is not canonical, and unknown keys in it', () => {
    // Unsorted and repeated keys, a leading zero: three things that an encoder would not write.
    const info =
      'd6:pieces20:aaaaaaaaaaaaaaaaaaaa12:piece lengthi016384e4:name1:x6:lengthi03e7:private01:x5:extrale6:lengthi4ee';
    const torrent = encodeUtf8(`d7:comment3:old4:info${info}8:announce8:http://a4:zzzzd1:bi1e1:ai2eee`);
    expect(() => editMetainfo(torrent, outsideInfo)).toThrow('not sorted');
    const { bytes, before, after } = editMetainfo(torrent, outsideInfo, { lenient: true });
    expect(decodeUtf8(rawInfo(bytes).raw)).toBe(info);
    expect(after.infoHashV1).toEqual(before.infoHashV1);
    expect(after.comment).toBe('new');
    // The unknown dictionary of the root, as unsorted as it was.
    expect(decodeUtf8(bytes)).toContain('4:zzzzd1:bi1e1:ai2ee');
  });

  it('takes out what is null or empty, and writes one tracker without a list', () => {
    const full = editMetainfo(sampleTorrent('v1'), outsideInfo).bytes;
    const emptied = editMetainfo(full, {
      trackers: [],
      webSeeds: [],
      nodes: [],
      comment: null,
      createdBy: null,
      creationDate: null,
    });
    expect([...(decode(emptied.bytes) as BencodeDictionary).entries.keys()]).toEqual(['info']);
    const one = editMetainfo(full, { trackers: [[], ['http://only']] });
    expect((decode(one.bytes) as BencodeDictionary).get('announce-list')).toBeUndefined();
    expect(one.after.trackers).toEqual([['http://only']]);
  });

  it('keeps keys of the root that nobody knows', () => {
    const root = decode(sampleTorrent('v1')) as BencodeDictionary;
    const bytes = encode(
      new Map<string, Encodable>([
        ...root.entries,
        ['x-mine', encodeUtf8('kept')],
        ['publisher', [encodeUtf8('a'), 7]],
      ]),
    );
    const edited = decode(editMetainfo(bytes, { comment: 'c' }).bytes) as BencodeDictionary;
    expect(decodeUtf8(edited.get('x-mine') as Uint8Array)).toBe('kept');
    expect(edited.get('publisher')).toEqual([encodeUtf8('a'), 7]);
  });
});

describe('an edit of what cannot be read', () => {
  const edited = (
    around: Record<string, Encodable>,
    edit: MetainfoEdit,
    info: Record<string, Encodable> = {},
  ) => {
    const plain = { length: 1, name: 'x', 'piece length': 16_384, pieces: new Uint8Array(20), ...info };
    const { bytes, changed } = editMetainfo(encode({ ...around, info: plain }), edit);
    return [changed, [...(decode(bytes) as BencodeDictionary).entries.keys()]];
  };

  it('takes it out, and says so', () => {
    const around = { nodes: 'x', 'creation date': 'yesterday', comment: 5, announce: ['y'], 'url-list': 7 };
    const nothing = { nodes: [], creationDate: null, comment: null, trackers: [], webSeeds: [] };
    expect(edited(around, nothing)).toEqual([
      ['announce', 'url-list', 'nodes', 'comment', 'creation date'],
      ['info'],
    ]);
    expect(edited({}, nothing)).toEqual([[], ['info']]);
  });

  it('makes plain whether the torrent is private', () => {
    expect(edited({ private: 1 }, { private: false })).toEqual([['private'], ['info']]);
    for (const [value, wanted] of [
      [2, false],
      [2, true],
      ['1', true],
    ] as const)
      expect(edited({}, { private: wanted }, { private: value })).toEqual([['info.private'], ['info']]);
    expect(edited({}, { source: null, collections: [] }, { source: 5, collections: 'x' })).toEqual([
      ['info.source', 'info.collections'],
      ['info'],
    ]);
  });

  it('leaves one web seed without a list as it is', () => {
    expect(edited({ 'url-list': 'http://w/' }, { webSeeds: ['http://w/'] })[0]).toEqual([]);
  });
});

describe('an edit of info', () => {
  const inInfo: MetainfoEdit = {
    name: 'other',
    private: true,
    source: 'SRC',
    collections: ['c'],
    similar: [new Uint8Array(20)],
  };

  it.each(['v1', 'v2', 'hybrid'] as const)('makes another torrent of %s, with the same files', version => {
    const { before, after, isOtherTorrent } = editMetainfo(sampleTorrent(version), inInfo);
    expect(isOtherTorrent).toBe(true);
    expect(after).toMatchObject(inInfo);
    expect(after.infoHashV1 ?? after.infoHashV2).not.toEqual(before.infoHashV1 ?? before.infoHashV2);
    expect(after.files.map(file => [file.path.slice(1), file.length])).toEqual(
      before.files.map(file => [file.path.slice(1), file.length]),
    );
  });

  it.each(['v1', 'v2', 'hybrid'] as const)('renames a single file of %s, in the tree too', version => {
    const torrent = sampleTorrent(version, { name: 'a.iso', files: [{ path: [], length: 100_000 }] });
    const { after } = editMetainfo(torrent, { name: 'bé.iso' });
    expect([after.name, after.isFolder, after.files.map(file => file.path)]).toEqual([
      'bé.iso',
      false,
      [['bé.iso']],
    ]);
  });

  it('keeps keys of info that nobody knows', () => {
    const root = decode(sampleTorrent('v1')) as BencodeDictionary;
    const info = encode(
      new Map([...(root.get('info') as BencodeDictionary).entries, ['x_cross_seed', encodeUtf8('r')]]),
    );
    const bytes = encode({ info: new RawBencode(info) });
    expect(toBinaryString(editMetainfo(bytes, { private: true }).after.raw)).toContain('12:x_cross_seed1:r');
  });

  it('is none where all is as asked for already', () => {
    const torrent = sampleTorrent('v1', { private: true, source: 'S', collections: ['c'] });
    const edit = { name: 'album', private: true, source: 'S', collections: ['c'], similar: [] };
    const result = editMetainfo(torrent, edit);
    expect(result.isOtherTorrent).toBe(false);
    expect(result.bytes).toEqual(torrent);
    // "private" 0 is public: nothing to take out.
    const zero = encodeUtf8(
      'd4:infod6:lengthi1e4:name1:x12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa7:privatei0eee',
    );
    expect(editMetainfo(zero, { private: false }).bytes).toEqual(zero);
    expect(editMetainfo(torrent, { private: false, source: null }).after.source).toBeUndefined();
  });

  it('refuses names that no file can have', () => {
    for (const name of ['..', 'a/b', '', 'a\nb', 'x'.repeat(300)]) {
      expect(() => editMetainfo(sampleTorrent('v1'), { name })).toThrow('The name');
    }
  });
});

describe('tiers', () => {
  const tiers = [['a', 'b'], ['c']];

  it('gain a tracker once, in a tier or in a new one', () => {
    expect(addTracker(tiers, 'd')).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(addTracker(tiers, 'd', 0)).toEqual([['a', 'b', 'd'], ['c']]);
    expect(addTracker(tiers, 'd', 9)).toEqual([['a', 'b'], ['c'], ['d']]);
    expect(addTracker(tiers, 'b')).toBe(tiers);
  });

  it('lose a tracker, and the tier with its last', () => {
    expect(removeTracker(tiers, 'c')).toEqual([['a', 'b']]);
    expect(removeTracker(tiers, 'a')).toEqual([['b'], ['c']]);
  });

  it('have one replaced where it stands', () => {
    expect(replaceTracker(tiers, 'a', 'x')).toEqual([['x', 'b'], ['c']]);
    expect(replaceTracker(tiers, 'a', 'c')).toEqual([['b'], ['c']]);
    expect(replaceTracker(tiers, 'a', 'a')).toEqual(tiers);
  });
});
