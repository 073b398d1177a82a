import { describe, expect, it } from 'vitest';
import { gatewayPath } from './gateway-path.ts';

const HOST = '192.168.1.1';
const BASE = { port: 5000, path: '/a/desc.xml?x=1' };

describe('a URL of a router', () => {
  it.each([
    ['http://192.168.1.1:5000/desc.xml', { port: 5000, path: '/desc.xml' }],
    ['HTTP://192.168.1.1/x?y#z', { port: 80, path: '/x?y' }],
    ['http://192.168.1.1:1', { port: 1, path: '/' }],
    ['/ctl/IPConn', { port: 5000, path: '/ctl/IPConn' }],
    ['ctl', { port: 5000, path: '/a/ctl' }],
  ])('%s leads to the router', (url, where) => {
    expect(gatewayPath(url, HOST, BASE)).toEqual(where);
  });

  it.each([
    'http://127.0.0.1:5000/desc.xml',
    'http://192.168.1.2/desc.xml',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost/',
    'http://router.local/',
    'http://0300.0250.1.1/',
    'http://3232235777/',
    'http://192.168.1.1@10.0.0.1/',
    'http://192.168.1.1:80@10.0.0.1/',
    'http://192.168.1.1.example.org/',
    'http://192.168.1.1:0/',
    'http://192.168.1.1:65536/',
    'https://192.168.1.1/',
    'file:///etc/passwd',
    'gopher:x',
    '//10.0.0.1/x',
    'http://192.168.1.1/a\r\nX: y',
    '/a b',
    '/\\10.0.0.1',
    `/${'a'.repeat(2000)}`,
  ])('%.60s leads nowhere', url => {
    expect(gatewayPath(url, HOST, BASE)).toBeUndefined();
  });

  it('never leads into this machine, whoever answers from there', () => {
    expect(gatewayPath('http://127.0.0.1:5000/x', '127.0.0.1')).toBeUndefined();
    expect(gatewayPath('http://[::1]:5000/x', '::1')).toBeUndefined();
    expect(gatewayPath('/x', '127.0.0.1', BASE)).toBeUndefined();
  });
});
