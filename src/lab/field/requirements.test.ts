import { describe, expect, it } from 'vitest';
import type { ClientName, SwarmPlan } from '../plan.ts';
import { type Machine, missingFor, requireForPlan } from './requirements.ts';

const ALL: Machine = {
  platform: 'linux',
  isRoot: true,
  has: () => true,
  libtorrentPython: () => 'python3',
  makesNamespaces: () => true,
};

function plan(client?: ClientName, isReachable = true): SwarmPlan {
  return {
    content: { length: 1 },
    groups: [{ name: 'leechers', count: 1, isReachable, ...(client !== undefined && { client }) }],
  };
}

describe('what the field needs', () => {
  it('is content with a machine that has it all', () => {
    expect(missingFor(plan('libtorrent', false), ALL)).toBeUndefined();
    expect(() => requireForPlan(plan('aria2'), ALL)).not.toThrow();
  });

  it('is told with what to do about it', () => {
    const missing = (less: Partial<Machine>, wanted = plan()) => missingFor(wanted, { ...ALL, ...less });
    expect(missing({ platform: 'darwin' })).toMatch(/needs Linux/);
    expect(missing({ isRoot: false })).toMatch(/run it by sudo/);
    expect(missing({ makesNamespaces: () => false })).toMatch(/SYS_ADMIN/);
    expect(missing({ has: name => name !== 'tc' && name !== 'nsenter' })).toBe(
      'The field needs programs that are not here: tc, nsenter. Install them (on Debian: apt-get install iproute2 util-linux).',
    );
  });

  it('asks for other programs only where the plan has them', () => {
    const bare: Machine = {
      ...ALL,
      has: name => ['ip', 'tc', 'unshare', 'nsenter', 'setpriv'].includes(name),
      libtorrentPython: () => undefined,
    };
    expect(missingFor(plan(), bare)).toBeUndefined();
    expect(missingFor(plan('transmission'), bare)).toMatch(/apt-get install transmission-daemon/);
    expect(missingFor(plan('libtorrent'), bare)).toMatch(/apt-get install python3-libtorrent/);
    expect(missingFor(plan(undefined, false), bare)).toMatch(/apt-get install nftables/);
    expect(() => requireForPlan(plan('aria2'), bare)).toThrow(expect.objectContaining({ code: 'LAB_NEEDS' }));
  });
});
