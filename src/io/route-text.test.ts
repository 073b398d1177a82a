import { expect, test } from 'vitest';
import { gatewayOfLinux, gatewayOfRoute, gatewayOfWindows } from './route-text.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

test('the way to everywhere with the lowest metric is Linux’s', () => {
  const routes = [
    'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t20\t00000000\t0\t0\t0',
    'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
  ];
  expect(gatewayOfLinux(HEAD + routes.join('\n'))).toBe('192.168.1.1');
  // A line to somewhere without a gateway, as of a modem; half of everything, as of a VPN.
  expect(gatewayOfLinux(`${HEAD}ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0`)).toBeUndefined();
  expect(gatewayOfLinux(`${HEAD}tun0\t00000000\t0108000A\t0003\t0\t0\t0\t00000080\t0\t0\t0`)).toBeUndefined();
  expect(gatewayOfLinux('')).toBeUndefined();
});

test('what `route` says on macOS', () => {
  expect(
    gatewayOfRoute('   route to: default\ndestination: default\n    gateway: 10.0.1.1\n  interface: en0\n'),
  ).toBe('10.0.1.1');
  expect(gatewayOfRoute('    gateway: fe80::1%en0\n')).toBeUndefined();
});

test('what `route print` says on Windows, in any language', () => {
  const text =
    'Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik\r\n' +
    '          0.0.0.0          0.0.0.0      192.168.0.1    192.168.0.23     35\r\n' +
    '          0.0.0.0          0.0.0.0         10.1.1.1        10.1.1.7     25\r\n';
  expect(gatewayOfWindows(text)).toBe('10.1.1.1');
  expect(gatewayOfWindows('0.0.0.0  0.0.0.0  On-link  10.8.0.2  5\r\n')).toBeUndefined();
});
