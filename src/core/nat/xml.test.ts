import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { childText, findElement, parseXml } from './xml.ts';

describe('the XML of routers', () => {
  it('is elements and their text, without prefixes and attributes', () => {
    const root = parseXml(
      '\ufeff<?xml version="1.0"?><!-- of a router -->\n<s:a xmlns:s="urn:x" b=\'>\'><b> one &amp; &#x41;&#66; </b><c/><d><![CDATA[<&]]></d></s:a >\n',
    );
    expect(root.name).toBe('a');
    expect(childText(root, 'b')).toBe('one & AB');
    expect(childText(root, 'd')).toBe('<&');
    expect(findElement(root, 'c')).toEqual({ name: 'c', text: '', children: [] });
  });

  it.each([
    ['a document type', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['an entity of its own', '<a>&x;</a>'],
    ['an ampersand alone', '<a>a & b</a>'],
    ['a surrogate', '<a>&#xd800;</a>'],
    ['a control character', '<a>&#0;</a>'],
    ['no end', '<a><b></b>'],
    ['an end of something else', '<a></b>'],
    ['two roots', '<a/><b/>'],
    ['text outside', 'x<a/>'],
    ['no name', '<1/>'],
    ['attributes that touch', '<a b="1"c="2"/>'],
    ['nothing', ' '],
    ['a comment without end', '<a><!-- </a>'],
  ])('with %s is refused', (_, source) => {
    expect(() => parseXml(source)).toThrow(ProtocolError);
  });

  it('has no more elements and no more depth than it may', () => {
    expect(() => parseXml('<a>'.repeat(33) + '</a>'.repeat(33))).toThrow('deeper than 32');
    expect(() => parseXml(`<a>${'<b/>'.repeat(10)}</a>`, { maxElements: 10 })).toThrow('more than 10');
  });
});
