// What `swarmline lab run` writes and `swarmline lab report` reads: one scenario's result, with where and when it was got.

import { z } from 'zod';
import { SwarmlineError } from '../core/errors.ts';
import { PARAMETER_NAMES } from './parameters.ts';
import type { ScenarioResult } from './scenario.ts';

/** Where, when and how a result was got. */
export interface RunFacts {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly os: string;
    readonly node: string;
  };
  /** Of Swarmline. */
  readonly version: string;
  /** ISO 8601. */
  readonly madeAt: string;
  /** What was typed. */
  readonly command: string;
}

export interface ResultFile {
  readonly facts: RunFacts;
  readonly result: ScenarioResult;
}

/** JSON, in which what was not measured is null. */
export function formatResultFile(file: ResultFile): string {
  return `${JSON.stringify(file)}\n`;
}

/** @throws SwarmlineError LAB_RESULT_INVALID */
export function parseResultFile(text: string, where: string): ResultFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(where, 'it is not JSON', cause);
  }
  const parsed = FILE.safeParse(json);
  if (parsed.success) return parsed.data as unknown as ResultFile;
  const { path, message } = parsed.error.issues[0]!;
  throw invalid(where, `at ${path.join('.') || 'the top'}: ${message}`, parsed.error);
}

function invalid(where: string, why: string, cause: unknown): SwarmlineError {
  return new SwarmlineError(
    'LAB_RESULT_INVALID',
    `"${where}" is not a result of the lab of this version: ${why}. Run the scenario again, or take the file away.`,
    { where, cause },
  );
}

/** What was not measured. */
const figure = z
  .number()
  .nullable()
  .transform(value => value ?? Number.NaN);
const estimate = z.object({ mean: figure, margin: figure });
const point = z.object({ x: z.number(), y: figure, margin: figure.optional() });
const axis = z.object({
  label: z.string(),
  scale: z.enum(['linear', 'log']).optional(),
  categories: z.array(z.string()).optional(),
});
const plot = z.object({
  title: z.string(),
  x: axis,
  y: axis,
  series: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['measured', 'theory', 'bound']),
      of: z.enum(['swarm', 'server', 'other', 'third']).optional(),
      isJoined: z.boolean().optional(),
      points: z.array(point),
    }),
  ),
});
const check = z.object({
  claim: z.string(),
  value: figure,
  limit: z.union([z.object({ atMost: z.number() }), z.object({ atLeast: z.number() })]),
  unit: z.enum(['times', 'share', 'seconds', 'copies']).optional(),
});
const timeline = z.object({
  label: z.string(),
  stepMs: z.number(),
  peers: z.array(z.object({ name: z.string(), group: z.number(), hasEverything: z.boolean() })),
  frames: z.array(
    z.object({
      atMs: z.number(),
      have: z.array(z.string()),
      flows: z.array(z.tuple([z.number(), z.number(), z.number()])),
    }),
  ),
});
const FILE = z.object({
  facts: z.object({
    machine: z.object({
      cpu: z.string(),
      cores: z.number(),
      memoryBytes: z.number(),
      os: z.string(),
      node: z.string(),
    }),
    version: z.string(),
    madeAt: z.string(),
    command: z.string(),
  }),
  result: z.object({
    format: z.literal(1),
    scenario: z.object({
      name: z.string(),
      title: z.string(),
      question: z.string(),
      setting: z.string(),
      theory: z.string(),
    }),
    way: z.enum(['sim', 'field']),
    size: z.enum(['quick', 'full']),
    seeds: z.array(z.number()),
    parameters: z
      .array(z.object({ name: z.enum(PARAMETER_NAMES), value: z.number(), byItself: z.number() }))
      .optional(),
    findings: z.object({ answer: z.string(), checks: z.array(check), plots: z.array(plot) }),
    runs: z.array(
      z.object({
        label: z.string(),
        way: z.enum(['sim', 'field', 'model']),
        seeds: z.number(),
        summary: z.record(z.string(), estimate),
      }),
    ),
    timeline: timeline.optional(),
    tookMs: z.number(),
  }),
});
