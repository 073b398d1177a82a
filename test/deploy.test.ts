// What lies in deploy/, as far as it can be held against the code without a cluster, an engine of containers, or Grafana.

import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { DAEMON_OPTIONS } from '../src/cli/daemon-options.ts';
import { newCountsMemory, totalsOf } from '../src/tracker/ops/counts.ts';
import { metricsText } from '../src/tracker/ops/metrics.ts';
import { folderWith, swarmline } from './command-line.ts';

const text = (name: string) => readFileSync(`deploy/${name}`, 'utf8');
const documents = (name: string) =>
  parseAllDocuments(text(name), { merge: true }).map(document => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Record<string, never>;
  });

test('every flag that is used there is one of the tracker', async () => {
  const { out } = await swarmline(['tracker', '--help']);
  const known = new Set([...out.matchAll(/^ {2}(?:-\w, )?(--[a-z][a-z0-9-]*)/gm)].map(([, flag]) => flag!));
  const used = ['Dockerfile', 'compose.yaml', 'kubernetes.yaml', 'swarmline-tracker.service'].flatMap(
    name => {
      const lines = text(name)
        .split('\n')
        .filter(
          line =>
            !line.trimStart().startsWith('#') &&
            /^CMD|ExecStart|^ +- (tracker|--)|^ +\["tracker/.test(line) &&
            !line.includes('valkey-server'),
        );
      return lines.flatMap(line => [...line.matchAll(/--[a-z][a-z0-9-]*/g)].map(([flag]) => flag));
    },
  );
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter(flag => !known.has(flag) && flag !== '--store')).toEqual([]);
});

test('every flag of the daemon’s unit is one of the daemon, and so is every option that docs/daemon.md shows', async () => {
  const { out } = await swarmline(['daemon', '--help']);
  const known = new Set([...out.matchAll(/^ {2}(?:-\w, )?--([a-z][a-z0-9-]*)/gm)].map(([, flag]) => flag!));
  const line = text('swarmline-daemon.service').match(/^ExecStart=.*$/m)![0];
  const used = [...line.matchAll(/--([a-z][a-z0-9-]*)/g)].map(([, flag]) => flag!);
  expect(used.length).toBeGreaterThan(3);
  expect(used.filter(flag => !known.has(flag))).toEqual([]);
  const docs = readFileSync('docs/daemon.md', 'utf8');
  const described = [...docs.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  expect(described).toEqual(DAEMON_OPTIONS.map(({ name }) => name));
});

test('Compose has two nodes behind one name over one store, that can write nowhere', () => {
  const [{ services }] = documents('compose.yaml') as unknown as [
    {
      services: Record<
        string,
        {
          command: string[];
          read_only: boolean;
          cap_drop: string[];
          user?: string;
          networks: Record<string, { aliases: string[] }>;
        }
      >;
    },
  ];
  const nodes = [services['tracker-1']!, services['tracker-2']!];
  for (const node of nodes) {
    expect(node.networks['swarms']!.aliases).toEqual(['tracker']);
    expect([node.read_only, node.cap_drop]).toEqual([true, ['ALL']]);
    expect(node.command).toContain('--store=redis://valkey:6379');
  }
  const valkey = services['valkey']!;
  expect([valkey.read_only, valkey.cap_drop]).toEqual([true, ['ALL']]);
  // As root its start takes /data over by chown, which is not allowed without capabilities: it would end there.
  expect(valkey.user).toMatch(/^[1-9]\d*:/);
});

test('Kubernetes’ objects name each other rightly', () => {
  const objects = documents('kubernetes.yaml') as unknown as Kubernetes[];
  const deployments = objects.filter(({ kind }) => kind === 'Deployment');
  expect(deployments.map(({ spec }) => spec.replicas)).toEqual([2, 1]);
  for (const { spec } of deployments) {
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.template.spec.securityContext.runAsNonRoot).toBe(true);
    for (const { securityContext } of spec.template.spec.containers)
      expect([securityContext.readOnlyRootFilesystem, securityContext.allowPrivilegeEscalation]).toEqual([
        true,
        false,
      ]);
  }
  for (const { spec } of objects.filter(({ kind }) => kind === 'Service')) {
    const meant = deployments.find(one => one.spec.selector.matchLabels.app === spec.selector.app)!;
    const ports = meant.spec.template.spec.containers.flatMap(container => container.ports);
    for (const { targetPort, protocol = 'TCP' } of spec.ports)
      expect(ports.some(port => port.name === targetPort && (port.protocol ?? 'TCP') === protocol)).toBe(
        true,
      );
  }
  const [tracker] = deployments[0]!.spec.template.spec.containers;
  expect(tracker!.readinessProbe.httpGet!.path).toBe('/ready');
  expect(tracker!.livenessProbe!.httpGet!.path).toBe('/health');
  const drain = Number(/--drain=(\d+)/.exec(tracker!.args.join(' '))![1]);
  expect(deployments[0]!.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(drain + 5);
});

test('the image runs as an ordinary user', () => {
  const [, last] = text('Dockerfile')
    .split(/^FROM .*bookworm-slim$/m)
    .slice(-2);
  expect(last).toContain('\nUSER node\n');
  expect(last).not.toContain('npm');
});

test('the image has all of the package that a program needs', () => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] };
  const needed = files
    .map(name => name.split('/')[0]!)
    .filter(name => !name.startsWith('!') && name !== 'man' && !name.endsWith('.md'));
  const copied = [...text('Dockerfile').matchAll(/^COPY --from=build \/build\/(\w+) \1$/gm)].map(
    ([, name]) => name,
  );
  expect(needed).toContain('native');
  expect(copied).toEqual(expect.arrayContaining([...new Set(needed), 'node_modules']));
});

test.for(['tracker', 'daemon'])('the unit of the %s is one that systemd takes', (name, { skip }) => {
  const files = folderWith({ unit: '' });
  const unit = join(files('unit'), '..', `swarmline-${name}.service`);
  copyFileSync(`deploy/swarmline-${name}.service`, unit);
  try {
    execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' });
  } catch {
    skip('there is no systemd-analyze here');
  }
  execFileSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8', stdio: 'pipe' });
});

test('Grafana’s dashboard asks for metrics that there are', () => {
  const state = {
    version: '1',
    platform: 'Node.js',
    startedAt: 0,
    wallTime: 0,
    mode: 'open',
    isListening: true,
    isDraining: false,
    threads: 1,
    isReadyAlone: false,
    store: {
      kind: 'memory',
      isReachable: true,
      awayMs: 0,
      swarms: 0,
      peers: 0,
      seeds: 0,
      usedBytes: 0,
      totalBytes: 0,
    },
    webSocket: { sockets: 0, swarms: 0, seeds: 0, peers: 0 },
    httpConnections: 0,
    bans: 0,
    process: { memoryBytes: 0, cpuSeconds: 0 },
    counts: totalsOf(newCountsMemory(1)),
  } as const;
  const known = new Set([...metricsText(state).matchAll(/^([a-z_]+)[{ ]/gm)].map(([, name]) => name!));
  const { panels } = JSON.parse(text('grafana-dashboard.json')) as {
    panels: { id: number; targets: { expr: string }[] }[];
  };
  const asked = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/(?:swarmline|process)_[a-z_]+/g)!),
  );
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.filter(name => !known.has(name))).toEqual([]);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

interface Kubernetes {
  readonly kind: string;
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: { readonly app: string }; readonly app: string };
    readonly ports: readonly { readonly targetPort: string; readonly protocol?: string }[];
    readonly template: {
      readonly metadata: { readonly labels: Record<string, string> };
      readonly spec: {
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly ports: readonly { readonly name: string; readonly protocol?: string }[];
          readonly readinessProbe: { readonly httpGet?: { readonly path: string } };
          readonly livenessProbe?: { readonly httpGet: { readonly path: string } };
          readonly securityContext: {
            readonly readOnlyRootFilesystem: boolean;
            readonly allowPrivilegeEscalation: boolean;
          };
        }[];
      };
    };
  };
}
