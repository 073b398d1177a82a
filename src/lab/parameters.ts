// What of a scenario can be changed by whoever runs it: how many come, how much they want, over which lines. A scenario that
// takes some says what they are by itself; one that says nothing cannot be changed, and neither can what it leaves out.
// Its lines to pass are drawn for what it is by itself.

import { SwarmlineError } from '../core/errors.ts';
import type { Way } from './plan.ts';

export interface Parameters {
  /** Leechers; where a scenario counts up, the most. */
  readonly peers: number;
  /** Of the file, in bytes. */
  readonly length: number;
  readonly pieceLength: number;
  /** Of each leecher; a seed that is faster or slower than they are stays so in proportion. */
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
  /** That a peer has at the same time, at most. */
  readonly connections: number;
}

export type ParameterName = keyof Parameters;

/** What was typed. */
export type ChangedParameters = { readonly [Name in ParameterName]?: number | undefined };

export interface ScenarioSize {
  readonly way: Exclude<Way, 'model'>;
  readonly size: 'quick' | 'full';
}

/** What a scenario says of them. */
export interface TakesParameters {
  readonly name: string;
  readonly parameters?: ((size: ScenarioSize) => Partial<Parameters>) | undefined;
  /** So many leechers it needs. @default 2 */
  readonly leastPeers?: number | undefined;
}

/** One of a result, with what the scenario is by itself. */
export interface ParameterValue {
  readonly name: ParameterName;
  readonly value: number;
  readonly byItself: number;
}

/** In the order in which they are told; the options of the command line. */
export const PARAMETER_OPTIONS: Readonly<Record<ParameterName, string>> = {
  peers: '--peers',
  length: '--length',
  pieceLength: '--piece-length',
  upBytesPerSecond: '--up',
  downBytesPerSecond: '--down',
  connections: '--connections',
};

export const PARAMETER_NAMES = Object.keys(PARAMETER_OPTIONS) as readonly ParameterName[];

/** @throws SwarmlineError LAB_PARAMETER where the scenario does not take what is to be changed, or not so much of it */
export function valuesOf(
  scenario: TakesParameters,
  size: ScenarioSize,
  changed: ChangedParameters,
): ParameterValue[] {
  const own = scenario.parameters?.(size) ?? {};
  const taken = PARAMETER_NAMES.filter(name => own[name] !== undefined);
  const refused = PARAMETER_NAMES.find(name => changed[name] !== undefined && own[name] === undefined);
  if (refused !== undefined) {
    const rest = taken.map(name => PARAMETER_OPTIONS[name]).join(', ');
    throw refusal(
      `"${scenario.name}" does not take ${PARAMETER_OPTIONS[refused]}; it takes ${rest === '' ? 'none of these' : rest}.`,
    );
  }
  const values = taken.map(name => ({ name, value: changed[name] ?? own[name]!, byItself: own[name]! }));
  const find = (name: ParameterName) => values.find(each => each.name === name)?.value;
  const { leastPeers = 2 } = scenario;
  if ((find('peers') ?? leastPeers) < leastPeers)
    throw refusal(`"${scenario.name}" needs ${leastPeers} leechers at least: --peers ${leastPeers}.`);
  const [length, pieceLength] = [find('length'), find('pieceLength')];
  const isPieceLength = (length: number) =>
    length >= LEAST_PIECE && length <= MOST_PIECE && Number.isInteger(Math.log2(length));
  if (pieceLength !== undefined && !isPieceLength(pieceLength))
    throw refusal('--piece-length has to be a power of two, from 16K to 256M.');
  if (length !== undefined && length < 2 * (pieceLength ?? LEAST_PIECE))
    throw refusal('--length has to be two pieces at least.');
  return values;
}

/** What a scenario goes by: what it is by itself, as far as nothing else was said. */
export function parametersOf<Own extends Partial<Parameters>>(
  lab: ScenarioSize & { readonly changed: ChangedParameters },
  byItself: (size: ScenarioSize) => Own,
): Own {
  const own = byItself(lab);
  const names = PARAMETER_NAMES.filter(name => name in own && lab.changed[name] !== undefined);
  return { ...own, ...Object.fromEntries(names.map(name => [name, lab.changed[name]])) };
}

/** Those that are not as they are by themselves. */
export function changedOf(values: readonly ParameterValue[]): ParameterValue[] {
  return values.filter(({ value, byItself }) => value !== byItself);
}

function refusal(sentence: string): SwarmlineError {
  return new SwarmlineError('LAB_PARAMETER', sentence);
}

/** A block: the least that a torrent's piece has. */
const LEAST_PIECE = 16_384;
const MOST_PIECE = 268_435_456;
