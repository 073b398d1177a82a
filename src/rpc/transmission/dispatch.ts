// From a request's JSON to the JSON of its answer, in the form in which it was asked: JSON-RPC 2.0 (Transmission 4.1), alone or
// several in a list, or what Transmission had before. Knows no HTTP. Every JSON has an answer; none makes it throw but a
// bug of ours.

import { Arguments } from './arguments.ts';
import type { TransmissionDeps } from './deps.ts';
import { METHODS } from './methods.ts';
import { snakeName, withOldNames } from './names.ts';
import { FAULT_NUMBERS, FAULT_WORDS, type FaultCode, faultOf, RpcFault } from './rpc-fault.ts';

/** Undefined where nothing is to be answered: a notification. */
export async function answer(request: unknown, deps: TransmissionDeps): Promise<object | undefined> {
  if (!Array.isArray(request)) return answerOne(request, deps, false);
  if (request.length === 0 || request.length > MAX_BATCH)
    return refusal('INVALID_REQUEST', `a list has 1 to ${MAX_BATCH} requests`, null);
  const answers: object[] = [];
  // In order: each sees what the one before has done.
  for (const one of request) {
    const answered = await answerOne(one, deps, true);
    if (answered !== undefined) answers.push(answered);
  }
  return answers.length === 0 ? undefined : answers;
}

/** Of what is not JSON. */
export function notJson(): object {
  return refusal('PARSE_ERROR', '', null);
}

async function answerOne(
  request: unknown,
  deps: TransmissionDeps,
  isOfList: boolean,
): Promise<object | undefined> {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    const wanted = isOfList ? 'request must be an Object' : 'request must be an Array or Object';
    return refusal('INVALID_REQUEST', wanted, null);
  }
  const call = request as Readonly<Record<string, unknown>>;
  if (call['jsonrpc'] === '2.0') return answerJsonRpc(call, deps);
  if (call['jsonrpc'] !== undefined || isOfList)
    return refusal('INVALID_REQUEST', 'JSON-RPC version is not 2.0', null);
  return answerOld(call, deps);
}

/** https://www.jsonrpc.org/specification */
async function answerJsonRpc(
  call: Readonly<Record<string, unknown>>,
  deps: TransmissionDeps,
): Promise<object | undefined> {
  const { id } = call;
  const isNotification = !Object.hasOwn(call, 'id');
  if (!isNotification && id !== null && typeof id !== 'string' && typeof id !== 'number')
    return refusal('INVALID_REQUEST', 'id type must be String, Number, or Null', null);
  try {
    const result = await run(call['method'], call['params'], deps, false);
    return isNotification ? undefined : { jsonrpc: '2.0', result, id };
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return isNotification ? undefined : refusal(fault.code, fault.detail, id);
  }
}

async function answerOld(call: Readonly<Record<string, unknown>>, deps: TransmissionDeps): Promise<object> {
  const { tag } = call;
  const echoed = (typeof tag === 'number' || typeof tag === 'string') && { tag };
  try {
    if (typeof call['method'] !== 'string') throw new RpcFault('INVALID_PARAMS', 'no method name');
    return {
      arguments: await run(call['method'], call['arguments'], deps, true),
      result: 'success',
      ...echoed,
    };
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return { arguments: {}, result: fault.words, ...echoed };
  }
}

/** @throws RpcFault, SwarmlineError */
async function run(name: unknown, given: unknown, deps: TransmissionDeps, isOld: boolean): Promise<unknown> {
  const known = typeof name === 'string' && name.length <= MAX_NAME ? snakeName(name) : '';
  if (!Object.hasOwn(METHODS, known)) throw new RpcFault('METHOD_NOT_FOUND');
  const method = METHODS[known]!;
  const result = (await method.call(new Arguments(given), { ...deps, isOld })) ?? {};
  if (!isOld || method.style === 'asked') return result;
  return withOldNames(result, method.style ?? 'camel', method.oldNames);
}

function refusal(code: FaultCode, detail: string, id: unknown): object {
  const data = detail !== '' && { data: { error_string: detail } };
  return { jsonrpc: '2.0', error: { code: FAULT_NUMBERS[code], message: FAULT_WORDS[code], ...data }, id };
}

/** Each may ask for everything. */
const MAX_BATCH = 100;
const MAX_NAME = 100;
